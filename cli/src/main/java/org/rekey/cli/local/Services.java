package org.rekey.cli.local;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rekey.runtime.config.TlsSettings;
import org.rekey.runtime.server.ServiceMain;

/// The four services as programs: who listens where, and which settings each of them is given.
///
/// Only the keystore learns where the private keys are, and every service only its own password.
final class Services {
  static final List<String> RINGS = List.of("useradm", "deviceauth", "artifact");
  static final List<String> ALL = List.of("keystore", "useradm", "deviceauth", "gateway");
  static final List<String> WITH_GRPC = List.of("keystore", "useradm", "deviceauth");

  private static final Map<String, String> MAINS =
      Map.of(
          "keystore", "org.rekey.keystore.KeystoreMain",
          "useradm", "org.rekey.useradm.UseradmMain",
          "deviceauth", "org.rekey.deviceauth.DeviceauthMain",
          "gateway", "org.rekey.gateway.GatewayMain");

  private final DataDirectory data;
  private final JavaProgram java;
  private final Certificates certificates;
  private final Secrets secrets;
  private final Postgres postgres;
  private final KafkaBroker kafka;
  private final Map<String, Integer> grpcPorts = new TreeMap<>();
  private final Map<String, Integer> managementPorts = new TreeMap<>();
  private final int httpsPort;
  private final @Nullable Path routes;
  private final List<Setting> settings;
  private final List<Heap> heaps;

  Services(
      DataDirectory data,
      JavaProgram java,
      Certificates certificates,
      Secrets secrets,
      Postgres postgres,
      KafkaBroker kafka,
      Ports ports,
      int httpsPort,
      @Nullable Path routes,
      List<Setting> settings,
      List<Heap> heaps) {
    this.data = data;
    this.java = java;
    this.certificates = certificates;
    this.secrets = secrets;
    this.postgres = postgres;
    this.kafka = kafka;
    this.httpsPort = httpsPort;
    this.routes = routes;
    this.settings = settings;
    this.heaps = heaps;
    WITH_GRPC.forEach(name -> grpcPorts.put(name, ports.of(name)));
    ALL.forEach(name -> managementPorts.put(name, ports.of(name + "-management")));
  }

  Program program(String name) {
    Map<String, String> environment =
        switch (name) {
          case "keystore" -> keystore();
          case "useradm", "deviceauth" -> issuer(name);
          case "gateway" -> gateway();
          default -> throw new IllegalArgumentException(name + ": unknown service");
        };
    environment.put("REKEY_LOG_FORMAT", "text");
    environment.put(ServiceMain.STOP_WITH_STDIN, "true");
    settings.stream()
        .filter(setting -> setting.services().contains(name))
        .forEach(setting -> environment.put(setting.name(), setting.value()));
    String mainClass = MAINS.getOrDefault(name, "");
    return java.program(
        name,
        java.command(heapMegabytes(name), mainClass, options(name)),
        environment,
        data.logs().resolve(name + ".log"));
  }

  private int heapMegabytes(String name) {
    return heaps.stream()
        .filter(heap -> heap.service().equals(name))
        .map(Heap::megabytes)
        .reduce(Heap.DEFAULT_MEGABYTES, (_, last) -> last);
  }

  /// Four of these start at once. What the keystore does often, it does in native code, so it goes
  /// without the optimising compiler, which takes half of a start's time; the others are hot paths.
  ///
  /// What the gateway has in memory are requests under way: half of its heap is for what is young,
  /// with room for all that outlives a collection, or hundreds of them at once fill what is old.
  private static String[] options(String name) {
    return switch (name) {
      case "keystore" -> new String[] {"-XX:TieredStopAtLevel=1"};
      case "gateway" -> new String[] {"-XX:NewRatio=1", "-XX:SurvivorRatio=4"};
      default -> new String[0];
    };
  }

  /// The key file that a ring's settings name.
  Path configuredKey(String ring) {
    String name = keyPathSetting(ring);
    return settings.stream()
        .filter(setting -> setting.name().equals(name))
        .map(setting -> Path.of(setting.value()).toAbsolutePath())
        .reduce(data.keys(ring).resolve("private.pem"), (_, last) -> last);
  }

  Path keyDirectory(String ring) {
    return configuredKey(ring).resolveSibling("").normalize();
  }

  String grpc(String name) {
    return loopback(grpcPorts.getOrDefault(name, 0));
  }

  String management(String name) {
    return loopback(managementPorts.getOrDefault(name, 0));
  }

  int httpsPort() {
    return httpsPort;
  }

  private Map<String, String> keystore() {
    Map<String, String> environment = common("keystore");
    database(environment, "keystore");
    environment.put("KEYSTORE_LISTEN", grpc("keystore"));
    environment.put("KEYSTORE_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap());
    environment.put("KEYSTORE_LOG_KEY", data.logSigningKey().toString());
    RINGS.forEach(ring -> environment.put(keyPathSetting(ring), configuredKey(ring).toString()));
    return environment;
  }

  private Map<String, String> issuer(String name) {
    String prefix = prefix(name);
    Map<String, String> environment = common(name);
    database(environment, name);
    environment.put(prefix + "LISTEN", grpc(name));
    environment.put(prefix + "KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap());
    environment.put(prefix + "KEYSTORE_TARGET", grpc("keystore"));
    environment.put(prefix + "KEYLOG_PUBLIC_KEY", data.logKey().toString());
    return environment;
  }

  private Map<String, String> gateway() {
    Map<String, String> environment = common("gateway");
    environment.put("GATEWAY_LISTEN", "0.0.0.0:" + httpsPort);
    // When all of it ends, clients have nowhere else to go.
    environment.put("GATEWAY_LEAVE_WITHIN", "0s");
    environment.put("GATEWAY_CERTIFICATE", certificates.https().certificate().toString());
    environment.put("GATEWAY_KEY", certificates.https().key().toString());
    environment.put("GATEWAY_USERADM_TARGET", grpc("useradm"));
    environment.put("GATEWAY_DEVICEAUTH_TARGET", grpc("deviceauth"));
    if (routes != null) {
      environment.put("GATEWAY_ROUTES", routes.toString());
    }
    return environment;
  }

  private Map<String, String> common(String name) {
    String prefix = prefix(name);
    TlsSettings tls = certificates.of(name);
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put(prefix + "TLS_CERTIFICATE", tls.certificate().toString());
    environment.put(prefix + "TLS_KEY", tls.key().toString());
    environment.put(prefix + "TLS_CA", tls.ca().toString());
    environment.put(prefix + "MANAGEMENT_LISTEN", management(name));
    return environment;
  }

  private void database(Map<String, String> environment, String role) {
    String prefix = prefix(role);
    environment.put(prefix + "DATABASE_URL", postgres.jdbcUrl());
    environment.put(prefix + "DATABASE_USER", role);
    environment.put(prefix + "DATABASE_PASSWORD_FILE", secrets.file(role).toString());
  }

  private static String keyPathSetting(String ring) {
    return prefix(ring) + "SERVER_PRIV_KEY_PATH";
  }

  private static String prefix(String name) {
    return name.toUpperCase(Locale.ROOT) + "_";
  }

  private static String loopback(int port) {
    return "127.0.0.1:" + port;
  }
}
