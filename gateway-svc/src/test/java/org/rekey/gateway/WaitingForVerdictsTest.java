package org.rekey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An issuer that takes connections and never says a word.
class WaitingForVerdictsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  @TempDir Path home;

  @Test
  void soManyWaitAndAllOthersAreRefusedAtOnce() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Gate gate =
            new Gate(
                home,
                "routes: []\n",
                Map.of(
                    "GATEWAY_USERADM_TARGET",
                    "127.0.0.1:" + silent.getLocalPort(),
                    "GATEWAY_MAX_WAITING_FOR_VERDICTS",
                    "4",
                    "GATEWAY_VERDICT_TIMEOUT",
                    "5s"));
        HttpClient client = gate.client(HttpClient.Version.HTTP_2)) {
      assertThat(statuses(gate, client, 20)).containsOnly(503);
      // Those that waited have made room.
      assertThat(statuses(gate, client, 3)).containsOnly(503);
      assertThat(waited(gate)).isEqualTo(4 + 3);
    }
  }

  private static double waited(Gate gate) {
    return Scrape.of(gate)
        .value("gateway_verdicts_total{audience=\"USERS\",verdict=\"unavailable\"}");
  }

  private static List<Integer> statuses(Gate gate, HttpClient client, int count) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(gate.url("/api/management/v1/inventory/devices")))
            .header("Authorization", "Bearer a.b.c")
            .timeout(PATIENCE)
            .build();
    List<CompletableFuture<HttpResponse<String>>> answers =
        IntStream.range(0, count)
            .mapToObj(_ -> client.sendAsync(request, BodyHandlers.ofString()))
            .toList();
    return answers.stream().map(answer -> answer.join().statusCode()).toList();
  }
}
