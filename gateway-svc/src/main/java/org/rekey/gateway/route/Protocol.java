package org.rekey.gateway.route;

/// What is spoken to an upstream.
public enum Protocol {
  /// `http1`: HTTP/1.1, over TLS or not.
  HTTP1,
  /// `h2c`: HTTP/2 from the first byte on, without TLS.
  H2C,
  /// `h2`: HTTP/2 over TLS.
  H2
}
