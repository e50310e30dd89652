package org.rekey.gateway.rest;

import io.vertx.core.net.HostAndPort;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.runtime.config.SettingsException;

/// How what is public is published.
///
/// @param keySetMaxAge how long others may keep a key set
/// @param url where clients find the gateway, without a path; empty: as each client says
/// @param hasClients whether anybody may ask about tokens and end them
public record Publication(Duration keySetMaxAge, Optional<URI> url, boolean hasClients) {

  private static final Duration LONGEST = Duration.ofDays(1);

  /// @throws SettingsException naming what cannot be used
  public Publication {
    if (keySetMaxAge.isNegative() || keySetMaxAge.compareTo(LONGEST) > 0) {
      throw new SettingsException(
          "GATEWAY_JWKS_MAX_AGE: " + keySetMaxAge.toSeconds() + "s (expected: 0s to 1d)");
    }
    url.ifPresent(Publication::check);
  }

  private static void check(URI url) {
    String path = url.getRawPath();
    if (!"https".equals(url.getScheme())
        || url.getHost() == null
        || url.getUserInfo() != null
        || (path != null && !path.isEmpty())
        || url.getRawQuery() != null
        || url.getRawFragment() != null) {
      throw new SettingsException(
          "GATEWAY_PUBLIC_URL: "
              + url
              + " (expected: https://host or https://host:port, with nothing after it)");
    }
  }

  /// The start of every address that is told.
  ///
  /// @param authority the request's own
  Optional<String> base(@Nullable HostAndPort authority) {
    return url.map(URI::toString)
        .or(() -> Optional.ofNullable(authority).map(host -> "https://" + host));
  }

  String cacheControl() {
    return "public, max-age=" + keySetMaxAge.toSeconds() + ", must-revalidate";
  }

  /// What is made of the client's own `Host` is for that client alone.
  String cacheControlOfAddresses() {
    return url.isPresent() ? cacheControl() : "no-store";
  }
}
