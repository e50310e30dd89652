package org.rekey.agent.http;

import io.vertx.core.MultiMap;

/// A server's whole answer.
///
/// @param headers names in any case
public record Reply(int status, MultiMap headers, String body) {

  /// Empty when there is none.
  public String header(String name) {
    String value = headers.get(name);
    return value == null ? "" : value;
  }
}
