package org.rekey.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;

/// A library that is delivered, as the list of components has it.
///
/// @param name `group:artifact`
/// @param licences SPDX ids, or what its pom says
record Component(String name, String version, List<String> licences) {
  private static final ObjectMapper JSON = new ObjectMapper();

  Component {
    licences = List.copyOf(licences);
  }

  /// All that are not the project's own. Skips the test where the list was not written, which takes
  /// a build as far as `package`.
  static List<Component> delivered() {
    Path list = Project.file("cli/target/rekey.cdx.json");
    Assumptions.assumeTrue(
        Files.exists(list), "no " + list + " (expected: ./mvnw package has written it)");
    try {
      return stream(JSON.readTree(list.toFile()).path("components"))
          .map(Component::of)
          .filter(component -> !component.name().startsWith("org.rekey:"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Component of(JsonNode json) {
    return new Component(
        json.path("group").asText() + ":" + json.path("name").asText(),
        json.path("version").asText(),
        stream(json.path("licenses")).map(Component::licence).toList());
  }

  private static String licence(JsonNode choice) {
    JsonNode licence = choice.path("license");
    if (choice.has("expression")) {
      return choice.path("expression").asText();
    }
    return licence.has("id") ? licence.path("id").asText() : licence.path("name").asText();
  }

  static Stream<JsonNode> stream(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }
}
