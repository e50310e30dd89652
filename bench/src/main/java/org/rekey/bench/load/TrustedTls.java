package org.rekey.bench.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// TLS of a client that trusts the authorities of a run, and nobody else.
public final class TrustedTls {
  private TrustedTls() {}

  /// @param authorities PEM files
  public static SSLContext of(List<Path> authorities) {
    try {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      CertificateFactory certificates = CertificateFactory.getInstance("X.509");
      for (Path authority : authorities) {
        try (InputStream pem = Files.newInputStream(authority)) {
          trusted.setCertificateEntry(authority.toString(), certificates.generateCertificate(pem));
        }
      }
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("authorities: cannot be used: " + authorities, e);
    }
  }
}
