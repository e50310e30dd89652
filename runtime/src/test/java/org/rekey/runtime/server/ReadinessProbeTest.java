package org.rekey.runtime.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.Test;
import org.rekey.runtime.config.HostPort;

class ReadinessProbeTest {
  private static ReadinessProbe.Answer ask(String notReady) {
    var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try (var endpoint =
        new ManagementEndpoint(new HostPort("127.0.0.1", 0), meters, () -> notReady)) {
      return ReadinessProbe.ask(endpoint.port());
    }
  }

  @Test
  void isContentWithAServiceThatIsReady() {
    assertThat(ask("")).isEqualTo(new ReadinessProbe.Answer(true, "ready\n"));
  }

  @Test
  void saysWhatAServiceLacks() {
    assertThat(ask("the key log could not be read yet"))
        .isEqualTo(new ReadinessProbe.Answer(false, "the key log could not be read yet\n"));
  }

  @Test
  void isNotContentWhereNobodyAnswers() {
    var answer = ReadinessProbe.ask(1);
    assertThat(answer.isReady()).isFalse();
    assertThat(answer.text()).startsWith("nobody answers on port 1: ");
  }
}
