package org.rekey.cli.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.rekey.runtime.config.TlsSettings;
import org.rekey.runtime.tls.LocalAuthority;

/// The secrets of services that run on their own: for each of them a directory that it is given and
/// no other one is, so that none can show itself under another's name.
///
/// What is there is kept, but for certificates that end within 30 days: called again, it renews
/// those.
public final class StackSecrets {
  private static final List<String> LOOPBACK = List.of("127.0.0.1", "::1");
  private static final List<String> SERVICES =
      List.of("keystore", "useradm", "deviceauth", "gateway");
  private static final List<String> ISSUERS = List.of("useradm", "deviceauth");

  private final Path root;
  private final LocalAuthority authority;
  private final LocalAuthority clientsAuthority;
  private final List<String> hosts;
  private final Secrets passwords;
  private final List<Path> written = new ArrayList<>();

  /// @param hosts the names under which clients know the gateway, beside `localhost`
  public StackSecrets(Path directory, List<String> hosts, Instant now, SecureRandom random) {
    this.root = AtomicFile.privateDirectory(directory);
    this.authority = LocalAuthority.open(directory.resolve("authority"), now, random);
    this.clientsAuthority = LocalAuthority.open(directory.resolve("https"), now, random);
    this.hosts = List.copyOf(hosts);
    this.passwords =
        new Secrets(AtomicFile.privateDirectory(directory.resolve("postgres")), random);
  }

  /// The authority that clients of the gateway have to trust.
  public Path clientsAuthority() {
    return clientsAuthority.caCertificate();
  }

  /// Makes what is missing; answers which files are new or have changed.
  public List<Path> ensure() {
    for (String service : SERVICES) {
      TlsSettings tls = issue(service);
      put(directory(service).resolve("tls.pem"), read(tls.certificate()));
      put(directory(service).resolve("tls.key"), read(tls.key()));
      put(directory(service).resolve("ca.pem"), read(tls.ca()));
    }
    for (String role : Postgres.ROLES) {
      put(directory(role).resolve("database.password"), read(passwords.file(role)));
      kafkaClient(directory(role), issue(role));
    }
    kafkaClient(directory("kafka"), issue("kafka"));
    https();
    logKey();
    operator();
    for (String ring : Services.RINGS) {
      Path first = root.resolve("keys").resolve(ring).resolve("private.pem");
      if (KeyMaterial.ensureFirstKey(first)) {
        written.add(first);
      }
    }
    return List.copyOf(written);
  }

  private void https() {
    TlsSettings leaf =
        clientsAuthority.issue(
            "gateway", Stream.concat(Stream.of("localhost"), hosts.stream()).toList(), LOOPBACK);
    put(directory("gateway").resolve("https.pem"), read(leaf.certificate()));
    put(directory("gateway").resolve("https.key"), read(leaf.key()));
  }

  private void logKey() {
    Path secret = directory("keystore").resolve("log-key.pem");
    Path known = root.resolve("authority").resolve("log-key.pub.pem");
    if (KeyMaterial.ensureLogKey(secret, known)) {
      written.add(secret);
    }
    for (String issuer : ISSUERS) {
      put(directory(issuer).resolve("log-key.pub.pem"), read(known));
    }
    put(
        AtomicFile.privateDirectory(directory("operator").resolve("pki"))
            .resolve("log-key.pub.pem"),
        read(known));
  }

  private void operator() {
    TlsSettings tls = issue("operator");
    Path pki = AtomicFile.privateDirectory(directory("operator").resolve("pki"));
    put(pki.resolve("operator.pem"), read(tls.certificate()));
    put(pki.resolve("operator.key"), read(tls.key()));
    put(pki.resolve("ca.pem"), read(tls.ca()));
    kafkaClient(directory("operator"), tls);
  }

  /// As Kafka reads PEM: key and certificate in one file.
  private void kafkaClient(Path directory, TlsSettings tls) {
    put(directory.resolve("kafka.pem"), read(tls.key()) + read(tls.certificate()));
    put(directory.resolve("kafka-ca.pem"), read(tls.ca()));
  }

  private TlsSettings issue(String name) {
    return authority.issue(name, List.of("localhost"), LOOPBACK);
  }

  private Path directory(String name) {
    return AtomicFile.privateDirectory(root.resolve(name));
  }

  private void put(Path file, String text) {
    if (!Files.exists(file) || !read(file).equals(text)) {
      AtomicFile.writePrivate(file, text);
      written.add(file);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read", e);
    }
  }
}
