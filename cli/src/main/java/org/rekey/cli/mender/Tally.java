package org.rekey.cli.mender;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/// What became of the lines so far.
public final class Tally {
  public enum Kind {
    USERS,
    TOKENS,
    /// Lines that are neither.
    OTHERS;

    private String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public enum Outcome {
    TAKEN,
    ALREADY_THERE,
    EXPIRED,
    REFUSED;

    private String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Map<Kind, Map<Outcome, Long>> counts = new EnumMap<>(Kind.class);

  void add(Kind kind, Outcome outcome) {
    add(kind, outcome, 1);
  }

  private void add(Kind kind, Outcome outcome, long count) {
    counts
        .computeIfAbsent(kind, _ -> new EnumMap<>(Outcome.class))
        .merge(outcome, count, Long::sum);
  }

  public long of(Kind kind, Outcome outcome) {
    return counts.getOrDefault(kind, Map.of()).getOrDefault(outcome, 0L);
  }

  public long refused() {
    long refused = 0;
    for (Kind kind : Kind.values()) {
      refused += of(kind, Outcome.REFUSED);
    }
    return refused;
  }

  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    for (Kind kind : Kind.values()) {
      ObjectNode ofKind = json.putObject(kind.key());
      for (Outcome outcome : Outcome.values()) {
        ofKind.put(outcome.key(), of(kind, outcome));
      }
    }
    return json;
  }

  static Tally fromJson(JsonNode json) {
    Tally tally = new Tally();
    for (Kind kind : Kind.values()) {
      for (Outcome outcome : Outcome.values()) {
        tally.add(kind, outcome, json.path(kind.key()).path(outcome.key()).longValue());
      }
    }
    return tally;
  }
}
