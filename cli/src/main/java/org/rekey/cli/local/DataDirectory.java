package org.rekey.cli.local;

import java.nio.file.Path;
import org.rekey.runtime.config.TlsSettings;
import org.rekey.runtime.tls.LocalAuthority;

/// Where one instance keeps everything that it has. Nothing outside of it is written but the cache
/// of unpacked PostgreSQL binaries, which all instances share.
public record DataDirectory(Path root) {
  public DataDirectory {
    root = root.toAbsolutePath().normalize();
  }

  /// The directory, made if it isn't there.
  public static DataDirectory create(Path path) {
    var data = new DataDirectory(path);
    AtomicFile.privateDirectory(data.root);
    AtomicFile.privateDirectory(data.logs());
    AtomicFile.privateDirectory(data.secrets());
    AtomicFile.privateDirectory(data.pids());
    return data;
  }

  /// Certificates by which services and the operator know each other.
  Path pki() {
    return root.resolve("pki");
  }

  /// The certificate that the gateway shows to clients, of an authority of its own: trusting it
  /// opens no door between services.
  Path https() {
    return root.resolve("https");
  }

  Path secrets() {
    return root.resolve("secrets");
  }

  Path keys(String ring) {
    return root.resolve("keys").resolve(ring);
  }

  Path kafka() {
    return root.resolve("kafka");
  }

  Path postgres() {
    return root.resolve("postgres");
  }

  public Path logs() {
    return root.resolve("logs");
  }

  Path pids() {
    return root.resolve("pids");
  }

  Path ports() {
    return root.resolve("ports.json");
  }

  Path lock() {
    return root.resolve("lock");
  }

  public Path runFile() {
    return root.resolve("run.json");
  }

  /// The operator's own certificate.
  public TlsSettings operator() {
    return new LocalAuthority.Leaf(
        pki().resolve("operator.pem"), pki().resolve("operator.key"), pki().resolve("ca.pem"));
  }

  public Path logKey() {
    return pki().resolve("log-key.pub.pem");
  }

  Path logSigningKey() {
    return secrets().resolve("log-key.pem");
  }

  @Override
  public String toString() {
    return root.toString();
  }
}
