package org.rekey.verifier.evidence;

/// What is wrong, and where.
///
/// @param line the record's place, from 1; in an exported file its line. 0 when it is no record's
/// @param epoch the epoch that belongs there
/// @param text what was found, and what was expected
public record Finding(Rule rule, long line, long epoch, String text) {
  @Override
  public String toString() {
    return (line == 0 ? "" : "line %d, ".formatted(line))
        + "epoch %d, %s: %s".formatted(epoch, rule, text);
  }
}
