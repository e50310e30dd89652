package org.rekey.gateway.rest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A path with `{name}` in place of some segments.
record PathTemplate(String text, List<String> segments) {
  static PathTemplate of(String text) {
    return new PathTemplate(text, segmentsOf(text));
  }

  static List<String> segmentsOf(String path) {
    return Arrays.asList(path.substring(1).split("/", -1));
  }

  boolean isLiteral() {
    return segments.stream().noneMatch(PathTemplate::isParameter);
  }

  List<String> parameters() {
    return segments.stream()
        .filter(PathTemplate::isParameter)
        .map(segment -> segment.substring(1, segment.length() - 1))
        .toList();
  }

  /// The values of the parameters, as they stand in the path, if it fits. Only in the middle of a
  /// path may a value be empty.
  Optional<List<String>> match(List<String> path) {
    if (path.size() != segments.size() || path.getLast().isEmpty()) {
      return Optional.empty();
    }
    List<String> values = new ArrayList<>();
    for (int i = 0; i < segments.size(); i++) {
      if (isParameter(segments.get(i))) {
        values.add(path.get(i));
      } else if (!segments.get(i).equals(path.get(i))) {
        return Optional.empty();
      }
    }
    return Optional.of(values);
  }

  private static boolean isParameter(String segment) {
    return segment.startsWith("{");
  }
}
