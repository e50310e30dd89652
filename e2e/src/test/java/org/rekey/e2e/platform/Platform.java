package org.rekey.e2e.platform;

import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rekey.deviceauth.DeviceauthServer;
import org.rekey.gateway.GatewayServer;
import org.rekey.keystore.KeystoreServer;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyAdminGrpc;
import org.rekey.proto.keystore.v1.KeyLogGrpc;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.ListKeysRequest;
import org.rekey.proto.keystore.v1.ListVerifiersRequest;
import org.rekey.proto.keystore.v1.ListVerifiersResponse;
import org.rekey.proto.keystore.v1.ReadRequest;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.proto.keystore.v1.Verifier;
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.CreateUserResponse;
import org.rekey.proto.useradm.v1.UsersGrpc;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.config.TlsSettings;
import org.rekey.runtime.grpc.Channels;
import org.rekey.testkit.FreePort;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;
import org.rekey.testkit.TestAuthority;
import org.rekey.useradm.UseradmServer;
import org.rekey.verifier.log.LogKey;

/// Kafka as a process of its own, PostgreSQL, the four services over real mutual TLS, and an
/// upstream that answers with what it saw. Every part can be stopped and started again at its port.
///
/// The services run in this JVM; where replicas of useradm-svc or deviceauth-svc are asked for,
/// these are processes.
public final class Platform implements AutoCloseable {
  static {
    // The upstream would close every idle connection above 200, often just when the next request
    // is sent on it.
    System.setProperty("sun.net.httpserver.maxIdleConnections", "2000");
  }

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path directory;
  private final TestAuthority authority;
  private DatabaseSettings database;
  private final Broker kafka;
  private final HttpServer upstream;
  private final int keystorePort = freePort();
  private final int keystoreManagementPort = freePort();
  private final int useradmManagementPort = freePort();
  private final int deviceauthManagementPort = freePort();
  private final int gatewayManagementPort = freePort();
  private final Map<String, ManagedChannel> channels = new HashMap<>();
  private final Builder wanted;
  private int useradmPort;
  private final List<Replica> replicas = new ArrayList<>();
  private final List<DeviceReplica> deviceReplicas = new ArrayList<>();
  private @Nullable KeystoreServer keystore;
  private @Nullable UseradmServer useradm;
  private @Nullable DeviceauthServer deviceauth;
  private @Nullable GatewayServer gateway;

  private Platform(Builder wanted) throws IOException {
    this.wanted = wanted;
    this.directory = wanted.directory;
    this.database = wanted.restored.map(Backup::database).orElseGet(wanted.postgres::newDatabase);
    this.kafka = Broker.start(directory.resolve("kafka"));
    this.authority = TestAuthority.in(directory);
    this.upstream =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    upstream.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    upstream.createContext("/", wanted.upstream);
    upstream.start();
  }

  /// Everything running and ready: rings `useradm` and `deviceauth` with an RSA default key each.
  public static Platform start(Path directory, PostgresExtension postgres) {
    return builder(directory, postgres).start();
  }

  public static Builder builder(Path directory, PostgresExtension postgres) {
    return new Builder(directory, postgres);
  }

  /// What is other than usual.
  public static final class Builder {
    private final Path directory;
    private final PostgresExtension postgres;
    private final Map<String, String> keystoreSettings = new HashMap<>();
    private final Map<String, String> gatewaySettings = new HashMap<>();
    private final Map<String, String> useradmSettings = new HashMap<>();
    private final Map<String, String> deviceauthSettings = new HashMap<>();
    private final Map<String, String> settingsOfAll = new HashMap<>();
    private HttpHandler upstream = Upstreams::echo;
    private Optional<Backup> restored = Optional.empty();
    private int useradmReplicas;
    private int deviceauthReplicas;

    private Builder(Path directory, PostgresExtension postgres) {
      this.directory = directory;
      this.postgres = postgres;
    }

    /// So many processes of useradm-svc behind the gateway, instead of one in this JVM.
    public Builder useradmReplicas(int count) {
      useradmReplicas = count;
      return this;
    }

    /// With what a backup has, instead of an empty database and new keys.
    public Builder restored(Backup backup) {
      restored = Optional.of(backup);
      return this;
    }

    public Builder keystoreSetting(String name, String value) {
      keystoreSettings.put(name, value);
      return this;
    }

    public Builder gatewaySetting(String name, String value) {
      gatewaySettings.put(name, value);
      return this;
    }

    public Builder useradmSetting(String name, String value) {
      useradmSettings.put(name, value);
      return this;
    }

    /// So many processes of deviceauth-svc behind the gateway, instead of one in this JVM.
    public Builder deviceauthReplicas(int count) {
      deviceauthReplicas = count;
      return this;
    }

    public Builder deviceauthSetting(String name, String value) {
      deviceauthSettings.put(name, value);
      return this;
    }

    /// Settings of every service.
    public Builder settingsOfAll(Map<String, String> settings) {
      settingsOfAll.putAll(settings);
      return this;
    }

    /// What stands behind the gateway, instead of one that answers with what it saw.
    public Builder upstream(HttpHandler handler) {
      upstream = handler;
      return this;
    }

    public Platform start() {
      try {
        Platform platform = new Platform(this);
        try {
          platform.startAll();
          return platform;
        } catch (IOException | RuntimeException e) {
          platform.close();
          throw e;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void startAll() throws IOException {
    prepareKeys();
    startKeystore();
    if (wanted.useradmReplicas == 0) {
      startUseradm();
    }
    for (int i = 0; i < wanted.useradmReplicas; i++) {
      replicas.add(new Replica(i, directory, useradmEnvironment(), authority));
    }
    if (wanted.deviceauthReplicas == 0) {
      startDeviceauth();
    }
    for (int i = 0; i < wanted.deviceauthReplicas; i++) {
      deviceReplicas.add(new DeviceReplica(i, directory, deviceauthEnvironment(), authority));
    }
    processes().forEach(ServiceProcess::start);
    startGateway();
    awaitReady("keystore", keystorePort);
    if (useradm != null) {
      awaitReady("useradm", useradm.port());
    }
    if (deviceauth != null) {
      awaitReady("deviceauth", deviceauth.port());
    }
    processes().forEach(ServiceProcess::awaitReady);
  }

  private List<ServiceProcess> processes() {
    List<ServiceProcess> processes = new ArrayList<>(replicas);
    processes.addAll(deviceReplicas);
    return processes;
  }

  /// What is left of a platform: a copy of its database, its key directories and its log key.
  public record Backup(DatabaseSettings database, Path files) {}

  /// As an operator does it: the database first, so that no key of its log can be missing among the
  /// files. Nobody may be connected to the database.
  public Backup backup(Path to) {
    DatabaseSettings copy = wanted.postgres.copyOf(database);
    copyKeys(directory, to);
    return new Backup(copy, to);
  }

  /// The keystore's next start finds this database; everybody else goes on with the one they have.
  public void restoreKeystore(Backup backup) {
    database = backup.database();
  }

  private static void copyKeys(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from.resolve("keys"))) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
      for (String name : new String[] {"log.key", "log.pem"}) {
        Files.copy(from.resolve(name), to.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void prepareKeys() throws IOException {
    if (wanted.restored.isPresent()) {
      copyKeys(wanted.restored.get().files(), directory);
    } else {
      makeKeys();
    }
    writeRoutes();
  }

  private void makeKeys() throws IOException {
    for (String ring : new String[] {"useradm", "deviceauth", "artifact"}) {
      Files.createDirectories(keyDirectory(ring));
      KeyFiles.write(keyDirectory(ring).resolve("private.pem"), KeyFiles.pkcs8(KeyFiles.rsa(2048)));
    }
    KeyPair log = newEd25519();
    KeyFiles.write(directory.resolve("log.key"), KeyFiles.pkcs8(log));
    KeyFiles.write(directory.resolve("log.pem"), KeyFiles.publicOnly(log.getPublic()));
  }

  private void writeRoutes() throws IOException {
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
    environment.put("KEYSTORE_MANAGEMENT_LISTEN", "127.0.0.1:" + keystoreManagementPort);
    environment.put("KEYSTORE_LOG_KEY", directory.resolve("log.key").toString());
    for (String ring : new String[] {"useradm", "deviceauth", "artifact"}) {
      environment.put(
          ring.toUpperCase(Locale.ROOT) + "_SERVER_PRIV_KEY_PATH",
          keyDirectory(ring).resolve("private.pem").toString());
    }
    environment.putAll(wanted.keystoreSettings);
    keystore = KeystoreServer.start(environment);
  }

  public void startUseradm() {
    Map<String, String> environment = useradmEnvironment();
    environment.put("USERADM_LISTEN", "127.0.0.1:" + useradmPort);
    environment.put("USERADM_MANAGEMENT_LISTEN", "127.0.0.1:" + useradmManagementPort);
    useradm = UseradmServer.start(environment);
    useradmPort = useradm.port();
  }

  /// It comes back at the same port.
  public void stopUseradm() {
    closeQuietly(useradm);
    useradm = null;
  }

  private Map<String, String> useradmEnvironment() {
    Map<String, String> environment = issuerEnvironment("USERADM", "useradm");
    // Cheap hashes: these tests are not about them. The real parameters have their own tests.
    environment.put("USERADM_PASSWORD_MEMORY_KIB", "1024");
    environment.put("USERADM_PASSWORD_ITERATIONS", "1");
    environment.putAll(wanted.useradmSettings);
    return environment;
  }

  private void startDeviceauth() {
    Map<String, String> environment = deviceauthEnvironment();
    environment.put("DEVICEAUTH_MANAGEMENT_LISTEN", "127.0.0.1:" + deviceauthManagementPort);
    deviceauth = DeviceauthServer.start(environment);
  }

  private Map<String, String> deviceauthEnvironment() {
    Map<String, String> environment = issuerEnvironment("DEVICEAUTH", "deviceauth");
    environment.putAll(wanted.deviceauthSettings);
    return environment;
  }

  private void startGateway() {
    Map<String, String> environment = gatewayEnvironment();
    environment.put("GATEWAY_MANAGEMENT_LISTEN", "127.0.0.1:" + gatewayManagementPort);
    gateway = GatewayServer.start(environment);
  }

  /// With what the gateway runs, to be changed for another one beside it.
  public Map<String, String> gatewayEnvironment() {
    Map<String, String> environment = new HashMap<>(authority.environment("GATEWAY", "gateway"));
    environment.put("GATEWAY_LISTEN", "127.0.0.1:0");
    environment.put("GATEWAY_LEAVE_WITHIN", "0s");
    environment.put("GATEWAY_INTERNAL_LISTEN", "127.0.0.1:0");
    environment.put("GATEWAY_CERTIFICATE", authority.files("https").certificate().toString());
    environment.put("GATEWAY_KEY", authority.files("https").key().toString());
    environment.put("GATEWAY_USERADM_TARGET", useradmTarget());
    environment.put("GATEWAY_DEVICEAUTH_TARGET", deviceauthTarget());
    environment.put("GATEWAY_ROUTES", directory.resolve("routes.yaml").toString());
    environment.putAll(wanted.settingsOfAll);
    environment.putAll(wanted.gatewaySettings);
    return environment;
  }

  private Map<String, String> serviceEnvironment(String prefix, String name) {
    Map<String, String> environment = new HashMap<>(authority.environment(prefix, name));
    environment.putAll(PostgresExtension.environment(prefix, database));
    environment.put(prefix + "_LISTEN", "127.0.0.1:0");
    environment.put(prefix + "_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap());
    environment.putAll(wanted.settingsOfAll);
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

  /// Where the ring's key of this kid is, by Mender's file names.
  public Path keyFile(String ring, long kid) {
    return keyDirectory(ring).resolve("private.id." + kid + ".pem");
  }

  /// Puts a new key into a ring's directory, and returns when it is announced.
  public void announce(String ring, long kid) {
    KeyFiles.place(keyFile(ring, kid), KeyFiles.pkcs8(KeyFiles.ed25519()));
    awaitState(ring, kid, KeyState.KEY_STATE_ANNOUNCED);
  }

  /// Has a key sign as soon as every live verifier has acked it.
  public void activate(String ring, long kid, Duration wait) {
    var _ =
        admin()
            .activateKey(
                ActivateKeyRequest.newBuilder()
                    .setRing(ring)
                    .setKid(kid)
                    .setWait(com.google.protobuf.Duration.newBuilder().setSeconds(wait.toSeconds()))
                    .build());
  }

  public Path caCertificate() {
    return authority.caCertificate();
  }

  public String gatewayUrl() {
    return "https://localhost:" + gatewayPort();
  }

  public int gatewayPort() {
    return gateway().port();
  }

  /// The port of what stands behind the gateway.
  public int upstreamPort() {
    return upstream.getAddress().getPort();
  }

  /// Where devices with certificates go.
  public String deviceUrl() {
    return "https://localhost:" + gateway().devicePort().orElseThrow();
  }

  /// The port of the internal API.
  public int internalPort() {
    return gateway().internalPort().orElseThrow();
  }

  /// The certificate of a caller of this name, by the services' authority.
  public TlsSettings certificate(String name) {
    return authority.files(name);
  }

  private GatewayServer gateway() {
    if (gateway == null) {
      throw new IllegalStateException("the gateway is not running");
    }
    return gateway;
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

  private String deviceauthTarget() {
    return deviceReplicas.isEmpty()
        ? "127.0.0.1:" + deviceauth().port()
        : deviceReplicas.stream().map(ServiceProcess::target).collect(Collectors.joining(","));
  }

  private String useradmTarget() {
    return replicas.isEmpty()
        ? "127.0.0.1:" + useradm().port()
        : replicas.stream().map(Replica::target).collect(Collectors.joining(","));
  }

  /// The processes of useradm-svc; empty when it runs in this JVM.
  public List<Replica> replicas() {
    return List.copyOf(replicas);
  }

  public Replica replica(int index) {
    return replicas.get(index);
  }

  /// The processes of deviceauth-svc; empty when it runs in this JVM.
  public List<DeviceReplica> deviceReplicas() {
    return List.copyOf(deviceReplicas);
  }

  public DeviceReplica deviceReplica(int index) {
    return deviceReplicas.get(index);
  }

  /// Of the services' database.
  public String databaseUrl() {
    return database.url();
  }

  /// A connection of the test's own to the services' database; useradm-svc has the schema
  /// `useradm`.
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(database.url(), database.user(), "");
  }

  /// The operator's commands.
  public KeyAdminGrpc.KeyAdminBlockingStub admin() {
    return KeyAdminGrpc.newBlockingStub(channel("keystore", keystorePort))
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  /// The whole key log, as the keystore gives it to verifiers.
  public List<SignedKeyEvent> keyLog() {
    List<SignedKeyEvent> events = new ArrayList<>();
    KeyLogGrpc.newBlockingStub(channel("keystore", keystorePort))
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .read(ReadRequest.getDefaultInstance())
        .forEachRemaining(events::add);
    return events;
  }

  /// Whose signatures on the key log are trusted.
  public LogKey logKey() {
    try {
      return LogKey.fromPem(Files.readString(directory.resolve("log.pem")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The owners' side of deviceauth-svc, for the operator; it must run in this JVM.
  public DevicesGrpc.DevicesBlockingStub devices() {
    return DevicesGrpc.newBlockingStub(channel("deviceauth", deviceauth().port()))
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  public void createUser(String email, String password) {
    UsersGrpc.UsersBlockingStub users =
        replicas.isEmpty()
            ? UsersGrpc.newBlockingStub(channel("useradm", useradm().port()))
                .withDeadlineAfter(30, TimeUnit.SECONDS)
            : replica(0).users();
    CreateUserResponse answer =
        users.createUser(
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
    return metrics(useradmManagementPort);
  }

  /// What deviceauth-svc tells Prometheus.
  public String deviceauthMetrics() {
    return metrics(deviceauthManagementPort);
  }

  /// What the gateway tells Prometheus.
  public String gatewayMetrics() {
    return metrics(gatewayManagementPort);
  }

  private static String metrics(int port) {
    return get(port, "/metrics").body();
  }

  /// What keystore-svc tells Prometheus.
  public String keystoreMetrics() {
    return metrics(keystoreManagementPort);
  }

  /// Whether a service is ready, and what it says of itself.
  ///
  /// @param service `keystore`, `useradm`, `deviceauth` or `gateway`
  public HttpResponse<String> readiness(String service) {
    return get(
        switch (service) {
          case "keystore" -> keystoreManagementPort;
          case "useradm" -> useradmManagementPort;
          case "deviceauth" -> deviceauthManagementPort;
          case "gateway" -> gatewayManagementPort;
          default -> throw new IllegalArgumentException(service);
        },
        "/readyz");
  }

  private static HttpResponse<String> get(int port, String path) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
    closeQuietly(gateway);
    closeQuietly(deviceauth);
    closeQuietly(useradm);
    processes().forEach(ServiceProcess::close);
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

  /// Where nothing listens just now.
  public static int freePort() {
    return FreePort.next();
  }
}
