package org.rekey.bench.devices;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rekey.bench.load.RekeyUp;
import org.rekey.bench.load.TrustedTls;
import org.rekey.bench.load.Work;

/// The gateway as devices and their owners see it: HTTP/1.1 over TLS, on connections that are kept.
final class Gateway {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String POLL = "/api/devices/v2/deployments/device/deployments/next";

  private static final int CONNECTIONS = 64;

  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
  private final Semaphore free = new Semaphore(CONNECTIONS);
  private final HttpClient client;
  private final String url;

  Gateway(RekeyUp instance) {
    this.url = instance.gateway();
    this.client =
        HttpClient.newBuilder()
            .sslContext(TrustedTls.of(List.of(instance.ca())))
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(LIMIT)
            .build();
  }

  String url() {
    return url;
  }

  /// What a device asks every now and then, of a backend behind the gateway.
  HttpRequest poll(String token) {
    return authorized(POLL, token)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString("{\"device_provides\":{\"device_type\":\"qemux86-64\"}}"))
        .build();
  }

  HttpRequest.Builder authorized(String path, String token) {
    return HttpRequest.newBuilder(URI.create(url + path))
        .header("Authorization", "Bearer " + token);
  }

  /// A path that nobody serves: the gateway alone, and no question to anybody.
  Work noOp() {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/nothing")).build();
    return work(() -> request, 404);
  }

  /// What does not fit waits for its turn here: a connection for each would cost a handshake, and
  /// those of a bad moment would make it worse.
  ///
  /// @param expected the only good status
  Work work(Supplier<HttpRequest> requests, int expected) {
    return done -> {
      waiting.add(() -> send(requests.get(), expected, done));
      startNext();
    };
  }

  private void startNext() {
    while (!waiting.isEmpty() && free.tryAcquire()) {
      Runnable next = waiting.poll();
      if (next == null) {
        free.release();
      } else {
        next.run();
      }
    }
  }

  private void send(HttpRequest request, int expected, Work.Done done) {
    var _ =
        client
            .sendAsync(request, BodyHandlers.discarding())
            .whenComplete(
                (response, failure) -> {
                  free.release();
                  startNext();
                  done.with(failure(response, failure, expected));
                });
  }

  private static @Nullable Throwable failure(
      @Nullable HttpResponse<Void> response, @Nullable Throwable failure, int expected) {
    if (response == null) {
      return failure == null ? new IllegalStateException("neither answer nor failure") : failure;
    }
    return response.statusCode() == expected
        ? null
        : new IllegalStateException(
            "%s: %d (expected: %d)"
                .formatted(response.uri().getPath(), response.statusCode(), expected));
  }

  HttpResponse<String> send(HttpRequest request) {
    try {
      return client.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(request.uri().getPath(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while asking the gateway", e);
    }
  }
}
