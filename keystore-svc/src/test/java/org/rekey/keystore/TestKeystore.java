package org.rekey.keystore;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyAdminGrpc;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyLogGrpc;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.ListKeysRequest;
import org.rekey.proto.keystore.v1.ReadRequest;
import org.rekey.proto.keystore.v1.ReportRequest;
import org.rekey.proto.keystore.v1.ReportResponse;
import org.rekey.proto.keystore.v1.Ring;
import org.rekey.proto.keystore.v1.SignRequest;
import org.rekey.proto.keystore.v1.SignResponse;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.proto.keystore.v1.SignerGrpc;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.server.ServiceMain;
import org.rekey.testkit.FreePort;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;
import org.rekey.testkit.TestAuthority;
import org.rekey.verifier.log.ChainCursor;
import org.rekey.verifier.log.LogKey;
import org.rekey.verifier.map.KidMap;

/// A whole keystore-svc on free ports with its three directories, one Ed25519 key in each, and the
/// callers that its contract names.
final class TestKeystore implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(10);

  private final Path home;
  private final TestAuthority authority;
  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, ManagedChannel> channels = new HashMap<>();
  private final KeyPair logKey;
  private @Nullable KeystoreServer server;
  private @Nullable Process process;
  private int port;

  TestKeystore(Path home, DatabaseSettings database) {
    this.home = home;
    this.authority = TestAuthority.in(home);
    this.logKey = KeyFiles.ed25519();
    environment.put("KEYSTORE_NAME", "keystore-1");
    environment.put("KEYSTORE_LISTEN", "127.0.0.1:0");
    environment.put(
        "KEYSTORE_LOG_KEY",
        KeyFiles.write(home.resolve("log.pem"), KeyFiles.pkcs8(logKey)).toString());
    environment.putAll(authority.environment("KEYSTORE", "keystore"));
    environment.putAll(PostgresExtension.environment("KEYSTORE", database));
    for (String ring : List.of("useradm", "deviceauth", "artifact")) {
      makeDirectory(directory(ring));
      set(ring, "SERVER_PRIV_KEY_PATH", file(ring, "private.pem").toString());
      KeyFiles.write(file(ring, "private.pem"), KeyFiles.pkcs8(KeyFiles.ed25519()));
    }
  }

  private TestKeystore(String name, Path home, TestKeystore like) {
    this.home = home;
    this.authority = like.authority;
    this.logKey = like.logKey;
    environment.putAll(like.environment);
    environment.put("KEYSTORE_NAME", name);
  }

  /// Another keystore of the same database that looks at the same directories.
  TestKeystore beside(String name) {
    return new TestKeystore(name, home, this);
  }

  /// Another keystore of the same database with copies of the directories as they are now.
  TestKeystore copiedTo(Path otherHome, String name) {
    var copy = new TestKeystore(name, otherHome, this);
    for (String ring : List.of("useradm", "deviceauth", "artifact")) {
      makeDirectory(copy.directory(ring));
      copy.set(ring, "SERVER_PRIV_KEY_PATH", copy.file(ring, "private.pem").toString());
      copyFiles(directory(ring), copy.directory(ring));
    }
    return copy;
  }

  TestKeystore start() {
    var started = KeystoreServer.start(environment);
    server = started;
    port = started.port();
    return this;
  }

  /// In a process of its own, which [#kill] ends without a goodbye to anybody.
  TestKeystore startAsProcess() {
    port = FreePort.next();
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            KeystoreMain.class.getName());
    builder.environment().putAll(environment);
    builder.environment().put("KEYSTORE_LISTEN", "127.0.0.1:" + port);
    builder.environment().put(ServiceMain.STOP_WITH_STDIN, "true");
    try {
      process =
          builder
              .redirectErrorStream(true)
              .redirectOutput(home.resolve(environment.get("KEYSTORE_NAME") + ".log").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> !events().isEmpty());
    return this;
  }

  /// SIGKILL.
  void kill() {
    if (process != null) {
      process.destroyForcibly().onExit().join();
      process = null;
    }
  }

  void stop() {
    channels.values().forEach(ManagedChannel::shutdownNow);
    channels.clear();
    kill();
    if (server != null) {
      server.close();
      server = null;
    }
  }

  void restart() {
    stop();
    start();
  }

  /// With another lease: for as long as one, a keystore that has just started activates nothing.
  void restartWithLease(String lease) {
    environment.put("KEYSTORE_LEASE", lease);
    restart();
  }

  @Override
  public void close() {
    stop();
  }

  Map<String, String> environment() {
    return environment;
  }

  void set(String ring, String name, String value) {
    environment.put(ring.toUpperCase(java.util.Locale.ROOT) + "_" + name, value);
  }

  Path directory(String ring) {
    return home.resolve("keys").resolve(ring);
  }

  Path file(String ring, String name) {
    return directory(ring).resolve(name);
  }

  /// Puts a new key into the `useradm` directory.
  Path place(long kid) {
    return place(kid, KeyFiles.ed25519());
  }

  Path place(long kid, KeyPair pair) {
    return KeyFiles.place(file("useradm", "private.id." + kid + ".pem"), KeyFiles.pkcs8(pair));
  }

  SignerGrpc.SignerBlockingStub signer(String caller) {
    return SignerGrpc.newBlockingStub(channel(caller));
  }

  KeyAdminGrpc.KeyAdminBlockingStub admin() {
    return KeyAdminGrpc.newBlockingStub(channel("operator"));
  }

  KeyLogGrpc.KeyLogBlockingStub log(String caller) {
    return KeyLogGrpc.newBlockingStub(channel(caller));
  }

  SignResponse signUser() {
    return sign("useradm", "useradm", "{\"iss\":\"mender.useradm\",\"mender.user\":true}");
  }

  SignResponse sign(String caller, String ring, String claims) {
    return signer(caller)
        .sign(
            SignRequest.newBuilder()
                .setRing(ring)
                .setClaims(ByteString.copyFromUtf8(claims))
                .build());
  }

  List<SignedKeyEvent> signedEvents() {
    Iterator<SignedKeyEvent> events = log("useradm").read(ReadRequest.getDefaultInstance());
    var all = new ArrayList<SignedKeyEvent>();
    events.forEachRemaining(all::add);
    return all;
  }

  List<KeyEvent> events() {
    return signedEvents().stream().map(TestKeystore::event).toList();
  }

  KeyEvent lastEvent() {
    return events().getLast();
  }

  /// The events as a verifier takes them: every one proven and legal.
  KidMap kidMap() {
    var cursor = ChainCursor.atGenesis(List.of(LogKey.of(logKey.getPublic())));
    var map = KidMap.empty();
    for (SignedKeyEvent signed : signedEvents()) {
      var next = (ChainCursor.Next) cursor.accept(signed);
      map = ((KidMap.Applied) map.apply(next.event())).map();
    }
    return map;
  }

  /// What a verifier reports that has applied everything up to now.
  ReportRequest.Builder upToDate(String verifier) {
    var map = kidMap();
    return ReportRequest.newBuilder()
        .setVerifier(verifier)
        .setEpoch(map.epoch())
        .setKeySetHash(ByteString.copyFrom(map.keySetHash()))
        .addAllAlgs(List.of("RS256", "ES256", "ES384", "ES512", "EdDSA"));
  }

  /// The same from an issuer that has just counted what hangs on its keys.
  ReportRequest.Builder counted(String verifier, KeyUsage... usage) {
    return upToDate(verifier)
        .setUsageAge(com.google.protobuf.Duration.getDefaultInstance())
        .addAllUsage(List.of(usage));
  }

  ReportResponse report(String caller, ReportRequest.Builder report) {
    return log(caller).report(report.build());
  }

  Optional<Key> find(String ring, long kid) {
    return admin()
        .listKeys(ListKeysRequest.newBuilder().setRing(ring).build())
        .getKeysList()
        .stream()
        .filter(key -> key.getKid() == kid)
        .findFirst();
  }

  Key key(String ring, long kid) {
    return find(ring, kid).orElseThrow();
  }

  Ring ring(String name) {
    return admin().listKeys(ListKeysRequest.newBuilder().setRing(name).build()).getRings(0);
  }

  void awaitState(long kid, KeyState state) {
    await()
        .atMost(SOON)
        .until(() -> find("useradm", kid).filter(key -> key.getState() == state).isPresent());
  }

  private ManagedChannel channel(String caller) {
    return channels.computeIfAbsent(
        caller,
        name -> Channels.open("127.0.0.1:" + port, "keystore", authority.credentials(name)));
  }

  private static KeyEvent event(SignedKeyEvent signed) {
    try {
      return KeyEvent.parseFrom(signed.getEvent());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void copyFiles(Path from, Path to) {
    try (var files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void makeDirectory(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
