package org.rekey.gateway.route;

import java.time.Duration;

/// An upstream is well while it answers this path with 2xx or 3xx.
public record HealthCheck(String path, Duration interval) {
  static final Duration INTERVAL = Duration.ofSeconds(5);
}
