package org.rekey.gateway.mtls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.List;

/// A certificate that a device has proved to hold and that has been found good.
///
/// @param sha256 of the certificate, DER; not to be changed
/// @param publicKey SubjectPublicKeyInfo, DER; not to be changed
/// @param serial hex
/// @param identity what the device's identity must say
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DeviceCertificate(
    byte[] sha256, byte[] publicKey, String serial, String subject, List<Certified> identity) {
  public DeviceCertificate {
    identity = List.copyOf(identity);
  }

  static DeviceCertificate of(X509Certificate certificate, IdentityRule rule) {
    try {
      return new DeviceCertificate(
          MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()),
          certificate.getPublicKey().getEncoded(),
          certificate.getSerialNumber().toString(16),
          certificate.getSubjectX500Principal().getName(),
          rule.of(certificate));
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }
}
