package org.rekey.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The files of `deploy/` that are for Prometheus, read.
final class AlertRules {
  static final Path DIRECTORY = Path.of("..", "deploy", "prometheus");
  static final String RULES = "rekey.rules.yaml";
  static final String TEST = "rules_test.yaml";

  private AlertRules() {}

  static JsonNode yaml(Path file) throws IOException {
    Object read =
        new Load(LoadSettings.builder().setLabel(file.toString()).build())
            .loadFromString(Files.readString(file));
    return new ObjectMapper().valueToTree(read);
  }

  /// @param kind `alert` or `record`
  static List<JsonNode> rules(String kind) throws IOException {
    return yaml(DIRECTORY.resolve(RULES)).path("groups").findParents(kind);
  }

  /// The metrics of the services, and those that the rules make of them.
  static DescribedMetrics metrics() throws IOException {
    DescribedMetrics metrics = DescribedMetrics.ofThePage();
    for (JsonNode rule : rules("record")) {
      metrics.record(rule.path("record").asText(), rule.path("expr").asText());
    }
    return metrics;
  }
}
