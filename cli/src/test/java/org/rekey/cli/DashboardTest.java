package org.rekey.cli;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The dashboard for Grafana shows metrics that are there, and says what they are.
class DashboardTest {
  private static final Path FILE = Path.of("..", "deploy", "grafana", "rekey.json");
  private static final Pattern SHOWN = Pattern.compile("\\{\\{(\\w+)}}");

  private static JsonNode dashboard() throws IOException {
    return new ObjectMapper().readTree(Files.readString(FILE));
  }

  private static List<JsonNode> panels() throws IOException {
    return dashboard().path("panels").findParents("targets");
  }

  @Test
  void everyPanelHasATitleADescriptionAndAUnit() throws IOException {
    assertThat(panels()).hasSizeGreaterThan(20);
    for (JsonNode panel : panels()) {
      String title = panel.path("title").asText();
      assertThat(title).isNotBlank();
      assertThat(panel.path("description").asText()).as(title).isNotBlank();
      assertThat(panel.at("/fieldConfig/defaults/unit").asText()).as(title).isNotBlank();
    }
  }

  @Test
  void everyMetricAndLabelInAPanelIsDescribed() throws IOException {
    DescribedMetrics metrics = AlertRules.metrics();
    for (JsonNode panel : panels()) {
      for (JsonNode target : panel.path("targets")) {
        Set<String> shown =
            SHOWN
                .matcher(target.path("legendFormat").asText())
                .results()
                .map(label -> label.group(1))
                .collect(toSet());
        assertThat(metrics.missing(target.path("expr").asText(), shown))
            .as(panel.path("title").asText())
            .isEmpty();
      }
    }
    for (JsonNode annotation : dashboard().at("/annotations/list")) {
      assertThat(metrics.missing(annotation.path("expr").asText(), Set.of())).isEmpty();
    }
  }

  @Test
  void idsAreDistinctAndNoPanelLiesOnAnother() throws IOException {
    List<JsonNode> all = dashboard().path("panels").findParents("gridPos");
    assertThat(all.stream().map(panel -> panel.path("id").asInt())).doesNotHaveDuplicates();
    assertThat(all.stream().map(panel -> panel.at("/gridPos/x") + ", " + panel.at("/gridPos/y")))
        .doesNotHaveDuplicates();
  }
}
