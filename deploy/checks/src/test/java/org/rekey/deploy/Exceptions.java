package org.rekey.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// Known holes that may be delivered for a while.
final class Exceptions {
  private static final String FILE = "deploy/supply-chain/exceptions.yaml";

  private Exceptions() {}

  /// @param until the last day on which it holds
  record Accepted(String id, String component, LocalDate until, String why, String by) {}

  static List<Accepted> read() throws IOException {
    Map<?, ?> file =
        (Map<?, ?>)
            new Load(LoadSettings.builder().build())
                .loadFromString(Files.readString(Project.file(FILE)));
    return file.get("exceptions") instanceof List<?> entries
        ? entries.stream().map(entry -> accepted((Map<?, ?>) entry)).toList()
        : List.of();
  }

  private static Accepted accepted(Map<?, ?> entry) {
    return new Accepted(
        text(entry, "id"),
        text(entry, "component"),
        LocalDate.parse(text(entry, "until")),
        text(entry, "why"),
        text(entry, "by"));
  }

  private static String text(Map<?, ?> entry, String name) {
    Object value = entry.get(name);
    if (value == null || value.toString().isBlank()) {
      throw new IllegalArgumentException(
          FILE + ": " + name + ": absent (expected: id, component, until, why and by)");
    }
    return value.toString();
  }
}
