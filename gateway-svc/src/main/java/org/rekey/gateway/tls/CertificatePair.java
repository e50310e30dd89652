package org.rekey.gateway.tls;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.X509KeyManager;

/// A certificate and its key, read and found to belong together.
///
/// @param told the certificate as operators want to know it
record CertificatePair(Buffer certificate, Buffer key, ServedCertificate told) {
  private static final byte[] ANYTHING =
      "rekey: do these two belong together?".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  /// @throws UnusableCertificateException when it would not do for clients
  static CertificatePair parse(
      Vertx vertx, CertificateFiles files, byte[] certificate, byte[] key, Instant now)
      throws UnusableCertificateException {
    var chain = chain(files, certificate);
    var leaf = chain.getFirst();
    if (now.isAfter(leaf.getNotAfter().toInstant())) {
      throw new UnusableCertificateException(
          "%s: expired at %s".formatted(files.certificate(), leaf.getNotAfter().toInstant()));
    }
    if (now.isBefore(leaf.getNotBefore().toInstant())) {
      throw new UnusableCertificateException(
          "%s: not valid before %s"
              .formatted(files.certificate(), leaf.getNotBefore().toInstant()));
    }
    var pem = Buffer.buffer(certificate);
    var privateKey = Buffer.buffer(key);
    if (!isPair(leaf.getPublicKey(), privateKey(vertx, files, pem, privateKey))) {
      throw new UnusableCertificateException(
          "%s: not the key of %s (is the other file still to come?)"
              .formatted(files.key(), files.certificate()));
    }
    return new CertificatePair(pem, privateKey, ServedCertificate.of(files.certificate(), chain));
  }

  private static List<X509Certificate> chain(CertificateFiles files, byte[] pem)
      throws UnusableCertificateException {
    List<X509Certificate> chain;
    try {
      chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
    } catch (CertificateException e) {
      throw new UnusableCertificateException(
          files.certificate() + ": not a certificate (expected: X.509, PEM)");
    }
    if (chain.isEmpty()) {
      throw new UnusableCertificateException(
          files.certificate() + ": no certificate in it (expected: X.509, PEM)");
    }
    for (int i = 1; i < chain.size(); i++) {
      if (!isSignedBy(chain.get(i - 1), chain.get(i))) {
        throw new UnusableCertificateException(
            "%s: certificate %d was not signed by certificate %d (expected: the server's own first, then each one's issuer)"
                .formatted(files.certificate(), i, i + 1));
      }
    }
    return chain;
  }

  private static boolean isSignedBy(X509Certificate one, X509Certificate issuer) {
    try {
      one.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /// By the library that will serve it, so that what is read here is what is served.
  @SuppressWarnings("PMD.AvoidCatchingGenericException")
  private static PrivateKey privateKey(
      Vertx vertx, CertificateFiles files, Buffer certificate, Buffer key)
      throws UnusableCertificateException {
    try {
      var managers =
          new PemKeyCertOptions()
              .addCertValue(certificate)
              .addKeyValue(key)
              .getKeyManagerFactory(vertx)
              .getKeyManagers();
      var manager =
          Arrays.stream(managers)
              .filter(X509KeyManager.class::isInstance)
              .map(X509KeyManager.class::cast)
              .findFirst()
              .orElseThrow();
      for (String type : List.of("RSA", "EC", "EdDSA", "Ed25519")) {
        var alias = manager.chooseServerAlias(type, null, null);
        if (alias != null) {
          return manager.getPrivateKey(alias);
        }
      }
      throw new UnusableCertificateException(
          files.key() + ": a kind of key that TLS does not know (expected: RSA, EC or Ed25519)");
    } catch (UnusableCertificateException e) {
      throw e;
    } catch (Exception e) {
      throw new UnusableCertificateException(
          files.key() + ": not a private key (expected: PEM, without a passphrase)");
    }
  }

  private static boolean isPair(PublicKey publicKey, PrivateKey privateKey) {
    try {
      var name =
          switch (publicKey.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> publicKey.getAlgorithm();
          };
      var signature = Signature.getInstance(name);
      signature.initSign(privateKey);
      signature.update(ANYTHING);
      var signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(ANYTHING);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
