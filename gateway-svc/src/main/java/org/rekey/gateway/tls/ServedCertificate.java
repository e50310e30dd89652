package org.rekey.gateway.tls;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import org.rekey.runtime.tls.CertificateChain;

/// A certificate that clients are shown, as an operator wants to know it.
///
/// @param file where it comes from
/// @param names the DNS names and addresses that it is for
/// @param fingerprint SHA-256 of the certificate, hex
/// @param serial hex
/// @param chain how many certificates are sent, itself included
public record ServedCertificate(
    Path file,
    List<String> names,
    String fingerprint,
    String issuer,
    String serial,
    Instant notBefore,
    Instant notAfter,
    int chain) {
  private static final int DNS_NAME = 2;
  private static final int ADDRESS = 7;

  static ServedCertificate of(CertificateChain chain) {
    var leaf = chain.leaf();
    return new ServedCertificate(
        chain.file(),
        names(leaf),
        fingerprint(leaf),
        leaf.getIssuerX500Principal().getName(),
        leaf.getSerialNumber().toString(16),
        leaf.getNotBefore().toInstant(),
        leaf.getNotAfter().toInstant(),
        chain.certificates().size());
  }

  /// SHA-256, hex.
  public static String fingerprint(Certificate certificate) {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> names(X509Certificate certificate) {
    try {
      var names = certificate.getSubjectAlternativeNames();
      return names == null
          ? List.of()
          : names.stream()
              .filter(name -> isOfAHost(List.copyOf((Collection<?>) name)))
              .map(name -> String.valueOf(List.copyOf((Collection<?>) name).get(1)))
              .toList();
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }

  private static boolean isOfAHost(List<?> name) {
    return name.getFirst() instanceof Integer type && (type == DNS_NAME || type == ADDRESS);
  }
}
