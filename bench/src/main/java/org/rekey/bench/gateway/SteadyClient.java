package org.rekey.bench.gateway;

import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.rekey.bench.Table;
import org.rekey.bench.load.Latencies;
import org.rekey.bench.load.Memory;
import org.rekey.bench.load.TrustedTls;

/// Twenty requests a second, whatever becomes of them: what one of many clients sees.
final class SteadyClient {
  private static final Duration BETWEEN = Duration.ofMillis(50);

  /// As most clients, it does not share its address with those who ask for too much.
  private static final InetAddress ELSEWHERE = InetAddress.ofLiteral("127.0.0.2");

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final HttpClient client;
  private final HttpRequest request;
  private final long gateway;

  /// @param gateway the process whose memory is looked at once a second
  SteadyClient(String url, String token, List<Path> authorities, long gateway) {
    this.gateway = gateway;
    this.client =
        HttpClient.newBuilder()
            .sslContext(TrustedTls.of(authorities))
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(LIMIT)
            .localAddress(ELSEWHERE)
            .build();
    this.request =
        HttpRequest.newBuilder(URI.create(url))
            .header("Authorization", "Bearer " + token)
            .timeout(LIMIT)
            .build();
  }

  /// @param residentMegabytes the most that the gateway had
  record Seen(int good, int refused, int other, Latencies latencies, long residentMegabytes) {
    void into(Table table, String name) {
      table.row(
          name,
          Integer.toString(good),
          Integer.toString(refused),
          Integer.toString(other),
          millis(0.5),
          millis(0.99),
          millis(1),
          Long.toString(residentMegabytes));
    }

    private String millis(double part) {
      return String.format(Locale.ROOT, "%.1f", latencies.millis(part));
    }
  }

  Seen watch(Duration duration) {
    AtomicInteger good = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    AtomicInteger other = new AtomicInteger();
    ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<CompletableFuture<?>> sent = new ConcurrentLinkedQueue<>();
    long calls = duration.dividedBy(BETWEEN);
    long begun = System.nanoTime();
    long resident = 0;
    for (int call = 0; call < calls; call++) {
      long at = begun + call * BETWEEN.toNanos();
      sleepUntil(at);
      sent.add(
          client
              .sendAsync(request, BodyHandlers.discarding())
              .handle(
                  (HttpResponse<Void> response, Throwable thrown) -> {
                    nanos.add(System.nanoTime() - at);
                    int status = thrown == null ? response.statusCode() : 0;
                    (status == 200 ? good : status == 503 ? refused : other).incrementAndGet();
                    return status;
                  }));
      if (call % 20 == 0) {
        resident = Math.max(resident, Memory.resident(gateway));
      }
    }
    CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
    return new Seen(
        good.get(),
        refused.get(),
        other.get(),
        Latencies.of(nanos.stream().mapToLong(Long::longValue).toArray()),
        resident >> 20);
  }

  private static void sleepUntil(long at) {
    try {
      Thread.sleep(Duration.ofNanos(Math.max(0, at - System.nanoTime())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while measuring", e);
    }
  }
}
