package org.rekey.runtime.config;

import com.google.common.net.HostAndPort;
import java.net.InetSocketAddress;

/// A host and a port, written `host:port` or `[v6]:port`. Port 0 means any free one.
public record HostPort(String host, int port) {

  /// The form in which SmallRye Config looks for it.
  public static HostPort of(String text) {
    HostAndPort parsed;
    try {
      parsed = HostAndPort.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(text + " (expected: host:port)", e);
    }
    if (!parsed.hasPort() || parsed.getHost().isEmpty()) {
      throw new IllegalArgumentException(text + " (expected: host:port)");
    }
    return new HostPort(parsed.getHost(), parsed.getPort());
  }

  public InetSocketAddress toSocketAddress() {
    return new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return HostAndPort.fromParts(host, port).toString();
  }
}
