package org.rekey.gateway.route;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import org.rekey.gateway.file.FileText;

/// Who vouches for upstreams: a PEM file as it was when it was read. What it says is part of it, so
/// that another content is another way of speaking to an upstream.
public record UpstreamAuthorities(FileText source) {
  /// @throws IllegalArgumentException naming what is wrong with it
  static UpstreamAuthorities read(Path file) {
    FileText source;
    try {
      source = FileText.read(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + ": cannot be read (expected: a PEM file)", e);
    }
    try {
      byte[] bytes = source.text().getBytes(StandardCharsets.UTF_8);
      if (CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(bytes))
          .isEmpty()) {
        throw new IllegalArgumentException(file + ": no certificate in it (expected: PEM)");
      }
    } catch (CertificateException e) {
      throw new IllegalArgumentException(file + ": not a certificate (expected: PEM)", e);
    }
    return new UpstreamAuthorities(source);
  }

  public String pem() {
    return source.text();
  }
}
