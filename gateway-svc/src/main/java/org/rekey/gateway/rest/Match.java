package org.rekey.gateway.rest;

import java.util.List;
import java.util.Map;

/// What the table says of a method and a path.
sealed interface Match {
  record Found(RestRoute route, Map<String, String> parameters) implements Match {}

  /// `OPTIONS` of a path that is open to all: the methods that it has.
  record Options(List<String> methods) implements Match {}

  /// The path has other methods.
  record WrongMethod(List<String> methods) implements Match {}

  /// The same path without its last slash is one.
  record Redirect(int status, String path) implements Match {}

  /// A value in the path is not UTF-8.
  record Unreadable() implements Match {}

  /// Below a prefix of this API, and not there.
  record Unknown() implements Match {}

  /// No path of this API.
  record Elsewhere() implements Match {}
}
