package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rules and alerts go by metrics that are there, and whoever is woken finds what to do.
class AlertRulesTest {
  private static final Pattern SHOWN = Pattern.compile("\\$labels\\.(\\w+)");

  @TempDir Path directory;

  @Test
  void everyMetricAndLabelInARuleIsDescribed() throws IOException {
    DescribedMetrics metrics = AlertRules.metrics();
    for (String kind : Set.of("record", "alert")) {
      for (JsonNode rule : AlertRules.rules(kind)) {
        Set<String> shown =
            SHOWN
                .matcher(rule.path("annotations").path("summary").asText())
                .results()
                .map(label -> label.group(1))
                .collect(toSet());
        assertThat(metrics.missing(rule.path("expr").asText(), shown))
            .as(rule.path(kind).asText())
            .isEmpty();
      }
    }
  }

  @Test
  void anUnknownMetricLabelOrPartOfATimerIsSeen() throws IOException {
    DescribedMetrics metrics = AlertRules.metrics();
    assertThat(metrics.missing("rate(gateway_request_total[5m]) > 0", Set.of()))
        .containsExactly("gateway_request_total");
    assertThat(metrics.missing("sum by (tenant) (gateway_routes_refused)", Set.of())).hasSize(1);
    assertThat(metrics.missing("gateway_connections{prt=\"a\"}", Set.of())).hasSize(1);
    assertThat(metrics.missing("gateway_requests_seconds", Set.of())).hasSize(1);
    assertThat(metrics.missing("rekey_password_hash_seconds_bucket", Set.of())).hasSize(1);
    assertThat(metrics.missing("gateway_routes_refused unless up offset 5m", Set.of())).isEmpty();
  }

  @Test
  void everyAlertHasASeverityASummaryAndThePageOfItsName() throws IOException {
    for (JsonNode alert : AlertRules.rules("alert")) {
      String name = alert.path("alert").asText();
      assertThat(alert.at("/labels/severity").asText()).as(name).isIn("critical", "warning");
      assertThat(alert.at("/annotations/summary").asText()).as(name).isNotBlank();
      assertThat(alert.at("/annotations/runbook_url").asText())
          .as(name)
          .isEqualTo("docs/runbooks/" + name + ".md");
      assertThat(Path.of("..", "docs", "runbooks", name + ".md")).as(name).isRegularFile();
    }
  }

  @Test
  void theTestOfTheRulesFiresEveryAlert() throws IOException {
    JsonNode test = AlertRules.yaml(AlertRules.DIRECTORY.resolve(AlertRules.TEST));
    Stream<String> fired =
        test.at("/tests/0/promql_expr_test/0/exp_samples").findValuesAsText("labels").stream()
            .map(labels -> labels.replaceAll(".*\"(.*)\".*", "$1"));
    assertThat(fired)
        .containsExactlyInAnyOrderElementsOf(
            AlertRules.rules("alert").stream().map(alert -> alert.path("alert").asText()).toList());
  }

  @Test
  void promtoolFindsTheRulesGoodAndFiresThem() throws Exception {
    assumeTrue(isInstalled(), "left out: promtool is not installed (apt-get install prometheus)");
    promtool("check", "config", "prometheus.yml");
    promtool("check", "rules", AlertRules.RULES);
    promtool("test", "rules", AlertRules.TEST);
  }

  private static boolean isInstalled() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "promtool")));
  }

  private void promtool(String... arguments) throws Exception {
    Path said = directory.resolve("promtool.txt");
    Process process =
        new ProcessBuilder(Stream.concat(Stream.of("promtool"), Stream.of(arguments)).toList())
            .directory(AlertRules.DIRECTORY.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends within a minute").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(said, UTF_8)).isZero();
  }
}
