package org.rekey.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/// `--data`, as all commands have it.
final class DataOption {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:REKEY_DATA:-.rekey}",
      description = "Where the instance keeps its state (default: $REKEY_DATA, else .rekey).")
  private Path directory = Path.of(".rekey");

  Path directory() {
    return directory;
  }

  /// A command as it has to be typed to reach the same instance.
  String with(String command) {
    String known = System.getenv().getOrDefault("REKEY_DATA", ".rekey");
    return Path.of(known).equals(directory) ? command : command + " --data " + directory;
  }
}
