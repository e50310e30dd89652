package org.rekey.runtime.tls;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/// A certificate, followed by those of its issuers.
///
/// @param file where it was read
public record CertificateChain(Path file, List<X509Certificate> certificates) {
  private static final byte[] ANYTHING =
      "rekey: do these two belong together?".getBytes(StandardCharsets.US_ASCII);

  /// @throws UnusableCertificateException for what is no chain of X.509 certificates in PEM
  public static CertificateChain parse(Path file, byte[] pem) throws UnusableCertificateException {
    List<X509Certificate> chain = certificates(file, pem);
    for (int i = 1; i < chain.size(); i++) {
      if (!isSignedBy(chain.get(i - 1), chain.get(i))) {
        throw new UnusableCertificateException(
            "%s: certificate %d was not signed by certificate %d (expected: the server's own first, then each one's issuer)"
                .formatted(file, i, i + 1));
      }
    }
    return new CertificateChain(file, chain);
  }

  /// Certificates one after the other, in no order.
  static List<X509Certificate> certificates(Path file, byte[] pem)
      throws UnusableCertificateException {
    List<X509Certificate> certificates;
    try {
      certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
    } catch (CertificateException e) {
      throw new UnusableCertificateException(file + ": not a certificate (expected: X.509, PEM)");
    }
    if (certificates.isEmpty()) {
      throw new UnusableCertificateException(
          file + ": no certificate in it (expected: X.509, PEM)");
    }
    return certificates;
  }

  public X509Certificate leaf() {
    return certificates.getFirst();
  }

  /// @throws UnusableCertificateException when the certificate has expired or is for later
  public void mustBeInTime(Instant now) throws UnusableCertificateException {
    Instant end = leaf().getNotAfter().toInstant();
    Instant begin = leaf().getNotBefore().toInstant();
    if (now.isAfter(end)) {
      throw new UnusableCertificateException("%s: expired at %s".formatted(file, end));
    }
    if (now.isBefore(begin)) {
      throw new UnusableCertificateException("%s: not valid before %s".formatted(file, begin));
    }
  }

  /// @param keyFile where the key was read
  /// @throws UnusableCertificateException when the certificate is for another key
  public void mustBeFor(PrivateKey key, Path keyFile) throws UnusableCertificateException {
    if (!isPair(leaf().getPublicKey(), key)) {
      throw new UnusableCertificateException(
          "%s: not the key of %s (is the other file still to come?)".formatted(keyFile, file));
    }
  }

  private static boolean isSignedBy(X509Certificate one, X509Certificate issuer) {
    try {
      one.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static boolean isPair(PublicKey publicKey, PrivateKey privateKey) {
    try {
      String name =
          switch (publicKey.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> publicKey.getAlgorithm();
          };
      Signature signature = Signature.getInstance(name);
      signature.initSign(privateKey);
      signature.update(ANYTHING);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(ANYTHING);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
