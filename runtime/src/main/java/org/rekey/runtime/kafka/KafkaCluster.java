package org.rekey.runtime.kafka;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SslConfigs;
import org.rekey.runtime.config.KafkaSettings;
import org.rekey.runtime.config.SettingsException;

/// Where a Kafka is, and what its brokers want to see before they listen.
///
/// @param bootstrapServers `host:port,host:port`
/// @param security settings of Kafka's clients about TLS and SASL
public record KafkaCluster(String bootstrapServers, Map<String, String> security) {
  private static final List<String> FILES =
      List.of(SslConfigs.SSL_KEYSTORE_LOCATION_CONFIG, SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG);
  private static final String EXPECTED =
      "(expected: security.protocol, client.dns.lookup, or a name that begins with ssl. or sasl.;"
          + " how events are written and read is not to be chosen)";

  public KafkaCluster {
    security = Map.copyOf(security);
  }

  /// One that listens to anybody, over plain connections.
  public static KafkaCluster at(String bootstrapServers) {
    return new KafkaCluster(bootstrapServers, Map.of());
  }

  /// Empty when the settings name none.
  ///
  /// @throws SettingsException with all that is wrong with the file of client settings
  public static Optional<KafkaCluster> of(KafkaSettings settings) {
    return settings
        .bootstrapServers()
        .map(
            servers ->
                new KafkaCluster(
                    servers, settings.config().map(KafkaCluster::read).orElseGet(Map::of)));
  }

  /// @param file a properties file
  public static KafkaCluster of(String bootstrapServers, Path file) {
    return new KafkaCluster(bootstrapServers, read(file));
  }

  /// What every client of this cluster begins with.
  public Map<String, Object> client() {
    Map<String, Object> client = new HashMap<>(security);
    client.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    return client;
  }

  private static Map<String, String> read(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new SettingsException(
          "%s: cannot be read: %s (expected: a properties file with settings of Kafka's clients)"
              .formatted(file, e.getMessage()));
    }
    Map<String, String> security = new HashMap<>();
    List<String> problems = new ArrayList<>();
    for (String name : properties.stringPropertyNames()) {
      if (!isOfTheConnection(name)) {
        problems.add("%s: %s %s".formatted(file, name, EXPECTED));
      }
      security.put(name, properties.getProperty(name).strip());
    }
    FILES.stream()
        .filter(security::containsKey)
        .filter(name -> !Files.isReadable(Path.of(security.getOrDefault(name, ""))))
        .map(name -> "%s: %s: %s cannot be read".formatted(file, name, security.get(name)))
        .forEach(problems::add);
    if (problems.isEmpty()) {
      checkValues(file, security).ifPresent(problems::add);
    }
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    return security;
  }

  private static boolean isOfTheConnection(String name) {
    return name.equals(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG)
        || name.equals(CommonClientConfigs.CLIENT_DNS_LOOKUP_CONFIG)
        || name.startsWith("ssl.")
        || name.startsWith("sasl.");
  }

  /// Kafka would say it later, and again and again. Its message shows the value of a setting, so it
  /// is passed on for the one setting whose value is no secret.
  private static Optional<String> checkValues(Path file, Map<String, String> security) {
    Map<String, Object> client = new HashMap<>(security);
    client.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
    try {
      var _ = new AdminClientConfig(client);
      return Optional.empty();
    } catch (ConfigException e) {
      String message = String.valueOf(e.getMessage());
      return Optional.of(
          message.contains(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG)
              ? "%s: security.protocol: %s (expected: SSL, SASL_SSL, SASL_PLAINTEXT or PLAINTEXT)"
                  .formatted(file, security.get(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG))
              : file + ": has a value that Kafka's client does not understand");
    }
  }

  /// Without the settings: there may be passwords among them.
  @Override
  public String toString() {
    return bootstrapServers;
  }
}
