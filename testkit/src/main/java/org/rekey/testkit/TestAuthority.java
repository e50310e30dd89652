package org.rekey.testkit;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.rekey.runtime.config.TlsSettings;
import org.rekey.runtime.tls.LocalAuthority;
import org.rekey.runtime.tls.ServiceCredentials;

/// A certificate authority for one test class: certificates by caller name, good for `localhost`
/// and 127.0.0.1.
public final class TestAuthority {
  private final LocalAuthority authority;

  private TestAuthority(LocalAuthority authority) {
    this.authority = authority;
  }

  /// In a directory of the test's own, e.g. from `@TempDir`.
  public static TestAuthority in(Path directory) {
    return new TestAuthority(
        LocalAuthority.open(directory.resolve("authority"), Instant.now(), new SecureRandom()));
  }

  /// In a new temporary directory.
  public static TestAuthority temporary() {
    return in(ScratchDirectory.make("rekey-test-authority"));
  }

  public Path caCertificate() {
    return authority.caCertificate();
  }

  /// The files of a caller's certificate, made on first use.
  public synchronized TlsSettings files(String name) {
    return authority.issue(name, List.of("localhost"), List.of("127.0.0.1"));
  }

  public ServiceCredentials credentials(String name) {
    return new ServiceCredentials(files(name));
  }

  /// The variables that give a service its certificate: `PREFIX_TLS_CERTIFICATE`, `_KEY` and `_CA`.
  public Map<String, String> environment(String prefix, String name) {
    TlsSettings files = files(name);
    return Map.of(
        prefix + "_TLS_CERTIFICATE", files.certificate().toString(),
        prefix + "_TLS_KEY", files.key().toString(),
        prefix + "_TLS_CA", files.ca().toString());
  }
}
