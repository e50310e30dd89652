package org.rekey.bench.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.rekey.bench.load.TrustedTls;

/// One request before the load: a proxy that answers wrongly must not be measured.
final class Probe {
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;

  private final HttpClient client;

  /// @param authorities PEM files
  Probe(List<Path> authorities) {
    this.client = HttpClient.newBuilder().sslContext(TrustedTls.of(authorities)).build();
  }

  void requireGood(String url, String token) {
    HttpResponse<byte[]> response = get(url, token);
    if (response.statusCode() != OK || response.body().length != Proxies.BODY_BYTES) {
      throw new IllegalStateException(
          "%s: %d, %d bytes (expected: 200, %d)"
              .formatted(url, response.statusCode(), response.body().length, Proxies.BODY_BYTES));
    }
  }

  /// The same token with its signature changed must be refused.
  void requireVerdict(String url, String token) {
    int at = token.length() - 20;
    char other = token.charAt(at) == 'A' ? 'B' : 'A';
    int status = get(url, token.substring(0, at) + other + token.substring(at + 1)).statusCode();
    if (status != UNAUTHORIZED) {
      throw new IllegalStateException(
          "%s: %d for a forged token (expected: 401)".formatted(url, status));
    }
  }

  private HttpResponse<byte[]> get(String url, String token) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .header("Authorization", "Bearer " + token)
            .timeout(Duration.ofSeconds(10))
            .build();
    try {
      return client.send(request, BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while asking", e);
    }
  }
}
