package org.rekey.gateway.route;

import java.net.URI;

/// One server behind the gateway.
public record Upstream(String host, int port, boolean tls) {
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  /// `host:port`.
  public String authority() {
    return host + ":" + port;
  }

  /// @throws IllegalArgumentException naming what is wrong with it
  public static Upstream parse(String url) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(url + " (expected: http://host:port)", e);
    }
    boolean tls = "https".equals(uri.getScheme());
    boolean onlyAuthority =
        uri.getHost() != null
            && uri.getUserInfo() == null
            && uri.getQuery() == null
            && uri.getFragment() == null
            && (uri.getPath().isEmpty() || uri.getPath().equals("/"));
    if (!onlyAuthority || !(tls || "http".equals(uri.getScheme()))) {
      throw new IllegalArgumentException(
          url + " (expected: http://host:port or https://host:port)");
    }
    int port = uri.getPort() >= 0 ? uri.getPort() : tls ? HTTPS : HTTP;
    return new Upstream(uri.getHost(), port, tls);
  }
}
