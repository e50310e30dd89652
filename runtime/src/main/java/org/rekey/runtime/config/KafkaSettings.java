package org.rekey.runtime.config;

import java.nio.file.Path;
import java.util.Optional;

/// Kafka, for services that can do without it.
public interface KafkaSettings {
  /// `host:port,host:port`. Absent: there is no Kafka.
  Optional<String> bootstrapServers();

  /// A properties file with what TLS and SASL need, in the names of Kafka's clients. Absent: plain
  /// connections.
  Optional<Path> config();
}
