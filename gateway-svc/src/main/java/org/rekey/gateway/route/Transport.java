package org.rekey.gateway.route;

import java.time.Duration;
import java.util.Optional;

/// How an upstream is spoken to.
///
/// @param connectTimeout empty: as for all
/// @param ca whose certificates an upstream may show; empty: those of whom the JVM trusts
/// @param serverName what its certificate must be for, and SNI; empty: its host
/// @param connections at most so many to each upstream, by the whole gateway
public record Transport(
    Protocol protocol,
    Optional<Duration> connectTimeout,
    Optional<UpstreamAuthorities> ca,
    Optional<String> serverName,
    int connections) {
  static final Transport DEFAULT =
      new Transport(Protocol.HTTP1, Optional.empty(), Optional.empty(), Optional.empty(), 1024);
}
