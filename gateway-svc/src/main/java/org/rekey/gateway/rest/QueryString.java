package org.rekey.gateway.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The query of a request: names with one or more values, in alphabetical order of the names.
record QueryString(Map<String, List<String>> values) {
  /// @param query with its `?`, or empty
  static QueryString parse(String query) throws BadRequest {
    Map<String, List<String>> values = new TreeMap<>();
    if (query.length() > 1) {
      for (String pair : query.substring(1).split("&", -1)) {
        int equals = pair.indexOf('=');
        String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
        String value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
        if (!pair.isEmpty()) {
          values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
        }
      }
    }
    return new QueryString(values);
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  /// The first value, unless it is empty.
  Optional<String> first(String name) {
    return all(name).stream().findFirst().filter(value -> !value.isEmpty());
  }

  /// For calls in which a parameter that is misspelt or empty would mean much more than was meant.
  void requireOnly(String... names) throws BadRequest {
    for (Map.Entry<String, List<String>> given : values.entrySet()) {
      if (!List.of(names).contains(given.getKey())) {
        throw new BadRequest(
            quoted(given.getKey()) + ": unknown (expected: " + String.join(", ", names) + ")");
      }
      if (given.getValue().size() != 1) {
        throw new BadRequest(given.getKey() + ": given more than once");
      }
      if (given.getValue().getFirst().isEmpty() && !given.getKey().equals("tenant_id")) {
        throw new BadRequest(given.getKey() + ": empty (expected: an id, or leave it out)");
      }
    }
  }

  /// A whole number; the text of the error names the parameter.
  Optional<Long> number(String name) throws BadRequest {
    Optional<String> text = first(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Long.parseLong(text.get()));
    } catch (NumberFormatException e) {
      throw new BadRequest(
          "api: invalid form values: " + name + ": " + quoted(text.get()) + " is not a number");
    }
  }

  /// What a client has sent, cut to a length that belongs into an answer.
  static String quoted(String text) {
    return "\"" + (text.length() <= 64 ? text : text.substring(0, 64) + "…") + "\"";
  }

  private static String decoded(String text) throws BadRequest {
    return Percent.decodeForm(text)
        .orElseThrow(() -> new BadRequest("api: invalid form values: the query cannot be read"));
  }
}
