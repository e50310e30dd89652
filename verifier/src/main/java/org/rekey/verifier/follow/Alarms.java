package org.rekey.verifier.follow;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What somebody must look at. Every alarm is counted; of a flood of one kind only one a second is
/// written, with the number of those that were not.
final class Alarms {
  private static final Logger LOGGER = LoggerFactory.getLogger(Alarms.class);
  private static final long QUIET = Duration.ofSeconds(1).toNanos();

  private final MeterRegistry meters;
  private final Map<Kind, Written> written = new EnumMap<>(Kind.class);

  Alarms(MeterRegistry meters) {
    this.meters = meters;
    for (var kind : Kind.values()) {
      meters.counter("rekey.keylog.alarms", "kind", kind.tag());
    }
  }

  void raise(Kind kind, Road road, String text) {
    meters.counter("rekey.keylog.alarms", "kind", kind.tag()).increment();
    var unwritten = unwritten(kind);
    if (unwritten >= 0) {
      LOGGER
          .atError()
          .addKeyValue("alarm", kind.tag())
          .addKeyValue("road", road.tag())
          .addKeyValue("text", text)
          .addKeyValue("unwritten", unwritten)
          .log("Key log alarm");
    }
  }

  /// How many of the kind were swallowed since the last that was written; -1 if this one is
  /// swallowed too.
  private synchronized long unwritten(Kind kind) {
    var now = System.nanoTime();
    var last = written.get(kind);
    if (last != null && now - last.at < QUIET) {
      written.put(kind, new Written(last.at, last.swallowed + 1));
      return -1;
    }
    written.put(kind, new Written(now, 0));
    return last == null ? 0 : last.swallowed;
  }

  enum Kind {
    /// A record that no trusted log key signed.
    FORGED,
    /// A second history under a trusted log key.
    FORK,
    /// A genuine event that breaks the rules of a key's life.
    VIOLATION,
    /// The keystore's log is shorter than what was already applied.
    ROLLED_BACK,
    /// It cannot be said what hangs on the keys, so nothing is reported.
    USAGE_UNKNOWN;

    String tag() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private record Written(long at, long swallowed) {}
}
