package org.rekey.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/// What a service's `/metrics` said at one moment, by name and summed over the labels.
public final class Metrics {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Map<String, Double> values;

  private Metrics(Map<String, Double> values) {
    this.values = values;
  }

  /// @param management `host:port`
  static Metrics of(String management) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + management + "/metrics")).build();
    try {
      return parse(HTTP.send(request, BodyHandlers.ofLines()).body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while reading metrics", e);
    }
  }

  /// @param lines in Prometheus' text format
  static Metrics parse(Stream<String> lines) {
    Map<String, Double> values = new HashMap<>();
    lines.filter(line -> !line.startsWith("#")).forEach(line -> add(values, line));
    return new Metrics(values);
  }

  private static void add(Map<String, Double> values, String line) {
    String name = line.split("[{ ]", 2)[0];
    double value = Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
    values.merge(name, value, Double::sum);
  }

  /// 0 for what was never counted.
  public double of(Metric metric) {
    return values.getOrDefault(metric.text(), 0.0);
  }

  /// Those that the benchmarks read.
  public enum Metric {
    REGISTRY_QUERIES("rekey_registry_query_seconds_count"),
    REGISTRY_REMEMBERED("rekey_registry_remembered"),
    TOKEN_FEED_COVERED("rekey_token_feed_covered"),
    USAGE_COUNTS("rekey_registry_usage_seconds_count"),
    USAGE_SECONDS("rekey_registry_usage_seconds_sum"),
    PASSWORD_HASHES("rekey_password_hash_seconds_count"),
    PASSWORD_HASH_SECONDS("rekey_password_hash_seconds_sum");

    private final String text;

    Metric(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }
}
