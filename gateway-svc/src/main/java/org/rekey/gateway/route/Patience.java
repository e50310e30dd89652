package org.rekey.gateway.route;

import java.time.Duration;

/// How long an upstream and a client may keep each other waiting.
///
/// @param answer from the last byte of a request to the first one of its answer
/// @param idle without a byte in either direction, while a body is on its way
/// @param tunnel the same for web sockets
public record Patience(Duration answer, Duration idle, Duration tunnel) {
  public static final Patience DEFAULT =
      new Patience(Duration.ofSeconds(60), Duration.ofMinutes(5), Duration.ofHours(2));
}
