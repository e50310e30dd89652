package org.rekey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A gateway that does not get done what it has to.
class LatenessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  @TempDir Path home;

  /// No loop is on time by the nanosecond, so this one is late for ever.
  @Test
  void allIsRefusedAtOnceWhileTheEventLoopIsLate() throws Exception {
    AtomicBoolean isAsked = new AtomicBoolean();
    try (RawUpstream upstream =
            new RawUpstream(
                talk -> {
                  isAsked.set(true);
                  RawUpstream.answerAll(talk);
                });
        Gate gate =
            new Gate(
                home,
                "routes:\n  - path: /open\n    audience: anyone\n    upstream: "
                    + upstream.url()
                    + "\n",
                Map.of("GATEWAY_MAX_LATENESS", "0s"));
        HttpClient client = gate.client(HttpClient.Version.HTTP_1_1)) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(gate.url("/open"))).timeout(PATIENCE).build();
      HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (answer.statusCode() != 503) {
        assertThat(System.nanoTime()).isLessThan(end);
        isAsked.set(false);
        answer = client.send(request, BodyHandlers.ofString());
      }
      assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
      assertThat(isAsked).isFalse();
      assertThat(Scrape.of(gate).value("gateway_requests_shed_total")).isGreaterThanOrEqualTo(1);
    }
  }
}
