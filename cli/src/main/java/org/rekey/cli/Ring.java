package org.rekey.cli;

import java.util.Locale;
import picocli.CommandLine.Option;

/// The key rings, as they are typed.
enum Ring {
  USERADM,
  DEVICEAUTH,
  ARTIFACT;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// `--ring` for commands that need one.
  static final class One {
    @Option(
        names = "--ring",
        paramLabel = "RING",
        defaultValue = "useradm",
        description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Ring ring = USERADM;

    String name() {
      return ring.toString();
    }
  }
}
