package org.rekey.gateway.mtls;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rekey.runtime.tls.UnusableCertificateException;
import org.rekey.verifier.key.KeyWeakness;

/// Who vouches for devices. A certificate whose issuer is there too is an intermediate: trusted
/// because of its issuer, and only as long. One whose issuer is not there is trusted by itself,
/// self-signed or not: so that an issuing authority can be trusted without all that its root signs.
record Authorities(List<X509Certificate> anchors, List<X509Certificate> intermediates) {
  private static final int SIGNS_CERTIFICATES = 5;
  private static final String NAME_CONSTRAINTS = "2.5.29.30";

  Authorities {
    anchors = List.copyOf(anchors);
    intermediates = List.copyOf(intermediates);
  }

  List<X509Certificate> all() {
    List<X509Certificate> all = new ArrayList<>(anchors);
    all.addAll(intermediates);
    return all;
  }

  static Authorities parse(Map<Path, ByteBuffer> files) throws UnusableCertificateException {
    Map<X509Certificate, Path> certificates = new LinkedHashMap<>();
    for (var file : files.entrySet()) {
      for (X509Certificate certificate : read(file.getKey(), file.getValue())) {
        check(file.getKey(), certificate);
        certificates.put(certificate, file.getKey());
      }
    }
    List<X509Certificate> anchors = new ArrayList<>();
    List<X509Certificate> intermediates = new ArrayList<>();
    for (X509Certificate certificate : certificates.keySet()) {
      boolean isVouchedFor =
          !isIssuedBy(certificate, certificate)
              && certificates.keySet().stream().anyMatch(other -> isIssuedBy(certificate, other));
      (isVouchedFor ? intermediates : anchors).add(certificate);
    }
    for (X509Certificate anchor : anchors) {
      if (anchor.getExtensionValue(NAME_CONSTRAINTS) != null) {
        throw new UnusableCertificateException(
            "%s: %s has name constraints, which are only kept below another CA (expected: its issuer beside it, or a CA without)"
                .formatted(certificates.get(anchor), anchor.getSubjectX500Principal()));
      }
    }
    if (anchors.isEmpty()) {
      throw new UnusableCertificateException(
          "%s: no CA in it that is not issued by another one in it (expected: a root, or an issuing CA)"
              .formatted(String.join(", ", files.keySet().stream().map(Path::toString).toList())));
    }
    return new Authorities(anchors, intermediates);
  }

  private static List<X509Certificate> read(Path file, ByteBuffer content)
      throws UnusableCertificateException {
    try {
      List<X509Certificate> certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(WatchedFiles.stream(content))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (certificates.isEmpty()) {
        throw new UnusableCertificateException(file + ": no certificate in it (expected: PEM)");
      }
      return certificates;
    } catch (CertificateException e) {
      throw new UnusableCertificateException(file + ": not a certificate (expected: X.509, PEM)");
    }
  }

  private static void check(Path file, X509Certificate certificate)
      throws UnusableCertificateException {
    boolean[] usage = certificate.getKeyUsage();
    if (certificate.getBasicConstraints() < 0 || (usage != null && !usage[SIGNS_CERTIFICATES])) {
      throw new UnusableCertificateException(
          "%s: %s is not a CA (expected: basic constraints with CA:TRUE, and keyCertSign)"
              .formatted(file, certificate.getSubjectX500Principal()));
    }
    var weakness = KeyWeakness.of(certificate.getPublicKey());
    if (weakness.isPresent()) {
      throw new UnusableCertificateException(
          "%s: the key of %s: %s"
              .formatted(file, certificate.getSubjectX500Principal(), weakness.get().text()));
    }
  }

  static boolean isIssuedBy(X509Certificate certificate, X509Certificate issuer) {
    if (!certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
      return false;
    }
    try {
      certificate.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
