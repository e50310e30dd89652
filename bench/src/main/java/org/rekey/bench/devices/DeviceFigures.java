package org.rekey.bench.devices;

import static org.rekey.bench.Figures.Column.median;
import static org.rekey.bench.Figures.Column.withRange;

import java.util.ArrayList;
import java.util.List;
import org.rekey.bench.Figures;
import org.rekey.bench.load.VerdictFigures;

/// What the benchmark of devices finds out.
///
/// @param requests auth requests, as fast as they are answered
/// @param verdicts on devices' tokens
/// @param management what owners ask, one call after the other
/// @param polls through the gateway, at a fixed rate
/// @param checkIns what was noted of them
/// @param life the ledger of the mixed life
record DeviceFigures(
    Figures requests,
    VerdictFigures verdicts,
    Figures management,
    Figures polls,
    Figures checkIns,
    Figures life) {

  static DeviceFigures none() {
    return new DeviceFigures(
        new Figures(
            "auth requests",
            withRange("per second", 0),
            withRange("of the no-op's", 2),
            withRange("p50 ms", 2),
            withRange("p99 ms", 2),
            median("deviceauth CPU µs", 0),
            median("keystore CPU µs", 0),
            median("PostgreSQL CPU µs", 0)),
        VerdictFigures.none(),
        new Figures(
            "management",
            median("calls", 0),
            withRange("p50 ms", 2),
            withRange("p99 ms", 2),
            withRange("p50, of the no-op's", 1)),
        new Figures(
            "polls",
            median("per second", 0),
            withRange("p50 ms", 2),
            withRange("p99 ms", 2),
            withRange("p999 ms", 2),
            median("other answers", 0),
            median("gateway CPU µs", 0),
            median("deviceauth CPU µs", 0),
            median("queries", 0)),
        new Figures("check-ins", median("devices", 0), median("noted", 0)),
        new Figures(
            "mixed life",
            median("answers", 0),
            median("wrong", 0),
            median("p50 ms", 1),
            median("p99 ms", 1)));
  }

  List<Figures> all() {
    List<Figures> all = new ArrayList<>(List.of(requests));
    all.addAll(verdicts.all());
    all.addAll(List.of(management, polls, checkIns, life));
    return all;
  }
}
