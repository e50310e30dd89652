package org.rekey.useradm;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Every field of a request that cannot be what it is, in one line and in the form that clients of
/// the Mender server know: `email: cannot be blank; password: cannot be blank.`
final class FieldProblems {
  private final Map<String, String> problems = new TreeMap<>();

  void add(String field, Optional<String> problem) {
    problem.ifPresent(text -> problems.put(field, text));
  }

  void add(String field, String problem) {
    problems.put(field, problem);
  }

  /// Empty if there are none.
  Optional<String> line() {
    return problems.isEmpty()
        ? Optional.empty()
        : Optional.of(
            problems.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining("; ", "", ".")));
  }
}
