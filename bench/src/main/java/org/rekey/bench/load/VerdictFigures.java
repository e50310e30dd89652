package org.rekey.bench.load;

import static org.rekey.bench.Figures.Column.median;
import static org.rekey.bench.Figures.Column.withRange;

import java.util.List;
import org.rekey.bench.Figures;

/// What [VerdictRun] finds out.
///
/// @param fill the first verdict on each token
/// @param steady calls at a fixed rate
/// @param streamed as many verdicts as there can be
/// @param memory of what is remembered
/// @param usage the count for the keystore, which goes on beside all of it
public record VerdictFigures(
    Figures fill, Figures steady, Figures streamed, Figures memory, Figures usage) {

  public static VerdictFigures none() {
    return new VerdictFigures(
        new Figures(
            "first verdicts",
            median("seconds", 1),
            median("verdicts per second", 0),
            median("queries", 0),
            median("tokens per query", 1),
            median("server CPU µs", 0)),
        new Figures(
            "steady rate",
            median("calls per second", 0),
            withRange("p50 ms", 2),
            withRange("p99 ms", 2),
            withRange("p999 ms", 2),
            median("server CPU µs", 0),
            withRange("of the no-op's", 2),
            withRange("queries", 0),
            median("stopped by GC, ms", 0)),
        new Figures(
            "VerifyStream",
            withRange("verdicts per second", 0),
            median("server CPU µs", 0),
            withRange("queries", 0)),
        new Figures(
            "memory",
            median("remembered", 0),
            median("heap MB", 1),
            median("heap bytes per token", 0),
            median("RSS MB", 1),
            median("RSS bytes per token", 0)),
        new Figures("usage count", median("counts", 0), withRange("ms", 1)));
  }

  public List<Figures> all() {
    return List.of(fill, steady, streamed, memory, usage);
  }
}
