package org.rekey.gateway.route;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;

/// Who vouches for upstreams: a PEM file as it was when it was read. What it says is part of it, so
/// that another content is another way of speaking to an upstream.
public record UpstreamAuthorities(Path file, String pem) {
  /// @throws IllegalArgumentException naming what is wrong with it
  static UpstreamAuthorities read(Path file) {
    String pem;
    try {
      pem = Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + ": cannot be read (expected: a PEM file)", e);
    }
    try {
      byte[] bytes = pem.getBytes(StandardCharsets.UTF_8);
      if (CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(bytes))
          .isEmpty()) {
        throw new IllegalArgumentException(file + ": no certificate in it (expected: PEM)");
      }
    } catch (CertificateException e) {
      throw new IllegalArgumentException(file + ": not a certificate (expected: PEM)", e);
    }
    return new UpstreamAuthorities(file, pem);
  }

  /// Whether the file says what it did.
  boolean isAsItWas() {
    try {
      return Files.readString(file, StandardCharsets.UTF_8).equals(pem);
    } catch (IOException e) {
      return false;
    }
  }
}
