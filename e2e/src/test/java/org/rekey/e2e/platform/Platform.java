package org.rekey.e2e.platform;

import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rekey.deviceauth.DeviceauthServer;
import org.rekey.gateway.GatewayServer;
import org.rekey.keystore.KeystoreServer;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyAdminGrpc;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.ListKeysRequest;
import org.rekey.proto.keystore.v1.ListVerifiersRequest;
import org.rekey.proto.keystore.v1.ListVerifiersResponse;
import org.rekey.proto.keystore.v1.Verifier;
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.CreateUserResponse;
import org.rekey.proto.useradm.v1.UsersGrpc;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.grpc.Channels;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;
import org.rekey.testkit.TestAuthority;
import org.rekey.useradm.UseradmServer;

/// Kafka as a process of its own, PostgreSQL, the four services in this JVM over real mutual TLS,
/// and an upstream that answers with what it saw. Every part can be stopped and started again at
/// its port.
public final class Platform implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path directory;
  private final TestAuthority authority;
  private final DatabaseSettings database;
  private final Broker kafka;
  private final HttpServer upstream;
  private final int keystorePort = freePort();
  private final int useradmManagementPort = freePort();
  private final Map<String, ManagedChannel> channels = new HashMap<>();
  private @Nullable KeystoreServer keystore;
  private @Nullable UseradmServer useradm;
  private @Nullable DeviceauthServer deviceauth;
  private @Nullable GatewayServer gateway;

  private Platform(Path directory, DatabaseSettings database, Broker kafka) throws IOException {
    this.directory = directory;
    this.database = database;
    this.kafka = kafka;
    this.authority = TestAuthority.in(directory);
    this.upstream =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    upstream.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    upstream.createContext("/", Upstreams::echo);
    upstream.start();
  }

  /// Everything running and ready: rings `useradm` and `deviceauth` with an RSA default key each.
  public static Platform start(Path directory, PostgresExtension postgres) {
    try {
      Platform platform =
          new Platform(directory, postgres.newDatabase(), Broker.start(directory.resolve("kafka")));
      platform.prepareKeys();
      platform.startKeystore();
      platform.startUseradm();
      platform.startDeviceauth();
      platform.startGateway();
      platform.awaitReady("keystore", keystorePort(platform));
      platform.awaitReady("useradm", platform.useradm().port());
      platform.awaitReady("deviceauth", platform.deviceauth().port());
      return platform;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int keystorePort(Platform platform) {
    return platform.keystorePort;
  }

  private void prepareKeys() throws IOException {
    for (String ring : new String[] {"useradm", "deviceauth", "artifact"}) {
      Files.createDirectories(keyDirectory(ring));
      KeyFiles.write(keyDirectory(ring).resolve("private.pem"), KeyFiles.pkcs8(KeyFiles.rsa(2048)));
    }
    KeyPair log = newEd25519();
    KeyFiles.write(directory.resolve("log.key"), KeyFiles.pkcs8(log));
    KeyFiles.write(directory.resolve("log.pem"), KeyFiles.publicOnly(log.getPublic()));
    Files.writeString(
        directory.resolve("routes.yaml"),
        """
        routes:
          - path: /api/management
            upstream: http://127.0.0.1:%1$d
          - path: /api/devices
            upstream: http://127.0.0.1:%1$d
        """
            .formatted(upstream.getAddress().getPort()));
  }

  private static KeyPair newEd25519() {
    try {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  public void startKeystore() {
    Map<String, String> environment = serviceEnvironment("KEYSTORE", "keystore");
    environment.put("KEYSTORE_LISTEN", "127.0.0.1:" + keystorePort);
    environment.put("KEYSTORE_LOG_KEY", directory.resolve("log.key").toString());
    for (String ring : new String[] {"useradm", "deviceauth", "artifact"}) {
      environment.put(
          ring.toUpperCase(Locale.ROOT) + "_SERVER_PRIV_KEY_PATH",
          keyDirectory(ring).resolve("private.pem").toString());
    }
    keystore = KeystoreServer.start(environment);
  }

  private void startUseradm() {
    Map<String, String> environment = issuerEnvironment("USERADM", "useradm");
    environment.put("USERADM_MANAGEMENT_LISTEN", "127.0.0.1:" + useradmManagementPort);
    // Cheap hashes: these tests are about keys. The real parameters have their own tests.
    environment.put("USERADM_PASSWORD_MEMORY_KIB", "1024");
    environment.put("USERADM_PASSWORD_ITERATIONS", "1");
    useradm = UseradmServer.start(environment);
  }

  private void startDeviceauth() {
    deviceauth = DeviceauthServer.start(issuerEnvironment("DEVICEAUTH", "deviceauth"));
  }

  private void startGateway() {
    Map<String, String> environment = new HashMap<>(authority.environment("GATEWAY", "gateway"));
    environment.put("GATEWAY_LISTEN", "127.0.0.1:0");
    environment.put("GATEWAY_CERTIFICATE", authority.files("https").certificate().toString());
    environment.put("GATEWAY_KEY", authority.files("https").key().toString());
    environment.put("GATEWAY_USERADM_TARGET", "127.0.0.1:" + useradm().port());
    environment.put("GATEWAY_DEVICEAUTH_TARGET", "127.0.0.1:" + deviceauth().port());
    environment.put("GATEWAY_ROUTES", directory.resolve("routes.yaml").toString());
    gateway = GatewayServer.start(environment);
  }

  private Map<String, String> serviceEnvironment(String prefix, String name) {
    Map<String, String> environment = new HashMap<>(authority.environment(prefix, name));
    environment.putAll(PostgresExtension.environment(prefix, database));
    environment.put(prefix + "_LISTEN", "127.0.0.1:0");
    environment.put(prefix + "_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap());
    return environment;
  }

  private Map<String, String> issuerEnvironment(String prefix, String name) {
    Map<String, String> environment = serviceEnvironment(prefix, name);
    environment.put(prefix + "_KEYSTORE_TARGET", "127.0.0.1:" + keystorePort);
    environment.put(prefix + "_KEYLOG_PUBLIC_KEY", directory.resolve("log.pem").toString());
    return environment;
  }

  private void awaitReady(String name, int port) {
    HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(channel(name, port));
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () ->
                health
                        .withDeadlineAfter(2, TimeUnit.SECONDS)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus()
                    == ServingStatus.SERVING);
  }

  private synchronized ManagedChannel channel(String name, int port) {
    return channels.computeIfAbsent(
        name, _ -> Channels.open("127.0.0.1:" + port, name, authority.credentials("operator")));
  }

  public void stopKeystore() {
    KeystoreServer running = keystore;
    if (running != null) {
      running.close();
      keystore = null;
    }
  }

  public Broker kafka() {
    return kafka;
  }

  public Path keyDirectory(String ring) {
    return directory.resolve("keys").resolve(ring);
  }

  public Path caCertificate() {
    return authority.caCertificate();
  }

  public String gatewayUrl() {
    return "https://localhost:" + gatewayPort();
  }

  public int gatewayPort() {
    if (gateway == null) {
      throw new IllegalStateException("the gateway is not running");
    }
    return gateway.port();
  }

  private UseradmServer useradm() {
    if (useradm == null) {
      throw new IllegalStateException("useradm-svc is not running");
    }
    return useradm;
  }

  private DeviceauthServer deviceauth() {
    if (deviceauth == null) {
      throw new IllegalStateException("deviceauth-svc is not running");
    }
    return deviceauth;
  }

  /// The operator's commands.
  public KeyAdminGrpc.KeyAdminBlockingStub admin() {
    return KeyAdminGrpc.newBlockingStub(channel("keystore", keystorePort))
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  public void createUser(String email, String password) {
    CreateUserResponse answer =
        UsersGrpc.newBlockingStub(channel("useradm", useradm().port()))
            .withDeadlineAfter(30, TimeUnit.SECONDS)
            .createUser(
                CreateUserRequest.newBuilder().setEmail(email).setPassword(password).build());
    if (!answer.hasUser()) {
      throw new IllegalStateException(email + ": " + answer.getRefused().getProblem());
    }
  }

  /// The key as the keystore sees it.
  public Key key(String ring, long kid) {
    return admin()
        .listKeys(ListKeysRequest.newBuilder().setRing(ring).build())
        .getKeysList()
        .stream()
        .filter(key -> key.getKid() == kid)
        .findFirst()
        .orElse(Key.getDefaultInstance());
  }

  /// Waits until the keystore has the key in this state.
  public void awaitState(String ring, long kid, KeyState state) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .ignoreExceptions()
        .until(() -> key(ring, kid).getState() == state);
  }

  /// Waits until every live verifier has applied everything that the keystore has appended, all
  /// with the same key set.
  public ListVerifiersResponse awaitAllCaughtUp() {
    ListVerifiersResponse[] last = new ListVerifiersResponse[1];
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .ignoreExceptions()
        .until(
            () -> {
              last[0] = admin().listVerifiers(ListVerifiersRequest.getDefaultInstance());
              return caughtUp(last[0]);
            });
    return last[0];
  }

  private static boolean caughtUp(ListVerifiersResponse response) {
    var live = response.getVerifiersList().stream().filter(Verifier::getLive).toList();
    return live.size() >= 2
        && live.stream().allMatch(v -> v.getEpoch() == response.getHeadEpoch())
        && live.stream().map(Verifier::getKeySetHash).distinct().count() == 1;
  }

  /// What useradm-svc tells Prometheus.
  public String useradmMetrics() {
    URI metrics = URI.create("http://127.0.0.1:" + useradmManagementPort + "/metrics");
    try (InputStream in = metrics.toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
    closeQuietly(gateway);
    closeQuietly(deviceauth);
    closeQuietly(useradm);
    closeQuietly(keystore);
    kafka.close();
    upstream.stop(0);
  }

  private static void closeQuietly(@Nullable AutoCloseable part) {
    if (part != null) {
      try {
        part.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
