package org.rekey.bench.gateway;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rekey.bench.load.Latencies;
import org.rekey.bench.load.OpenLoop;
import org.rekey.bench.load.TrustedTls;
import org.rekey.bench.load.Work;

/// Requests that start at fixed times, as those of many clients do: [OpenLoop] over HTTPS.
/// Connections are kept, and there are no more of them than requests under way.
final class OpenClient {
  /// More would be a storm of handshakes whenever a proxy is late for a moment, which is another
  /// question.
  private static final int CONNECTIONS = 64;

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final HttpClient client;
  private final int perSecond;

  OpenClient(List<Path> authorities, int perSecond) {
    this.perSecond = perSecond;
    this.client =
        HttpClient.newBuilder()
            .sslContext(TrustedTls.of(authorities))
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(LIMIT)
            .build();
  }

  /// Tokens in turn.
  ///
  /// @throws IllegalStateException if any request failed or was refused
  Load.Measured run(String url, Load.Tokens tokens, int seconds) {
    URI uri = URI.create(url);
    Supplier<HttpRequest> requests =
        Work.inTurn(
            tokens.read().stream()
                .map(
                    token ->
                        HttpRequest.newBuilder(uri)
                            .header("Authorization", "Bearer " + token)
                            .timeout(LIMIT)
                            .build())
                .toList());
    OpenLoop.Measured measured =
        OpenLoop.run(
                done -> send(requests.get(), done),
                perSecond,
                Duration.ofSeconds(seconds),
                CONNECTIONS)
            .withoutFailures();
    Latencies latencies = measured.latencies();
    return new Load.Measured(
        measured.calls() / (measured.took().toNanos() / 1e9),
        latencies.millis(0.5),
        latencies.millis(0.99),
        latencies.millis(0.999),
        measured.calls());
  }

  private void send(HttpRequest request, Work.Done done) {
    var _ =
        client
            .sendAsync(request, BodyHandlers.discarding())
            .whenComplete(
                (response, thrown) ->
                    done.with(thrown == null ? failure(response.statusCode()) : thrown));
  }

  private static @Nullable Throwable failure(int status) {
    return status == 200 ? null : new IllegalStateException("status " + status);
  }
}
