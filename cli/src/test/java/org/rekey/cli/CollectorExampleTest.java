package org.rekey.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The example for the OpenTelemetry Collector takes what the services send.
class CollectorExampleTest {
  private static JsonNode collector() throws IOException {
    return AlertRules.yaml(Path.of("..", "deploy", "otel", "collector.yaml"));
  }

  @Test
  void takesTracesOverHttpWhereTheServicesAreToldToSendThem() throws IOException {
    assertThat(collector().at("/receivers/otlp/protocols/http/endpoint").asText())
        .endsWith(":4318");
    assertThat(collector().at("/service/pipelines/traces/receivers/0").asText()).isEqualTo("otlp");
  }

  @Test
  void aPipelineIsMadeOfWhatIsDefinedAndNothingElseIs() throws IOException {
    for (String part : List.of("receivers", "processors", "exporters")) {
      List<String> used =
          collector()
              .at("/service/pipelines/traces/" + part)
              .valueStream()
              .map(JsonNode::asText)
              .toList();
      assertThat(collector().path(part).fieldNames())
          .toIterable()
          .as(part)
          .containsExactlyInAnyOrderElementsOf(used);
    }
  }
}
