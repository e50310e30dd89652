package org.rekey.runtime.config;

import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/// PostgreSQL 14 or later. Every service has a schema and a role of its own.
public interface DatabaseSettings {
  /// `jdbc:postgresql://host:port/database`, without user and password.
  String url();

  String user();

  /// A file whose first line is the password; a file and not a variable, because the environment of
  /// a process is easy to read. Absent: none is sent.
  Optional<Path> passwordFile();

  /// Connections at most (1 to 200).
  @WithDefault("10")
  int poolSize();
}
