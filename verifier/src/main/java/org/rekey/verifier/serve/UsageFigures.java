package org.rekey.verifier.serve;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What hangs on each kid, for the reports to the keystore: counted at most every five seconds.
/// While it cannot be counted, the last figures stand; a report that says "nothing" would let a key
/// be retired under live tokens.
final class UsageFigures implements Supplier<List<KeyUsage>> {
  private static final Logger LOG = LoggerFactory.getLogger(UsageFigures.class);
  private static final Duration GOOD_FOR = Duration.ofSeconds(5);

  private final Function<Instant, List<KeyUsage>> count;
  private final InstantSource clock;
  private final Timer timer;
  private Instant countedAt = Instant.MIN;
  private @Nullable List<KeyUsage> last;

  UsageFigures(Function<Instant, List<KeyUsage>> count, InstantSource clock, MeterRegistry meters) {
    this.count = count;
    this.clock = clock;
    this.timer =
        Timer.builder("rekey.registry.usage")
            .description("Time to count what hangs on each kid")
            .register(meters);
  }

  /// Throws only when it was never counted.
  @Override
  public synchronized List<KeyUsage> get() {
    Instant now = clock.instant();
    List<KeyUsage> known = last;
    if (known != null && now.isBefore(countedAt.plus(GOOD_FOR))) {
      return known;
    }
    try {
      List<KeyUsage> counted = Objects.requireNonNull(timer.record(() -> count.apply(now)));
      last = counted;
      countedAt = now;
      return counted;
    } catch (RuntimeException e) {
      if (known == null) {
        throw e;
      }
      LOG.atWarn()
          .addKeyValue("error", e.toString())
          .log("live tokens could not be counted; the last figures stand");
      return known;
    }
  }
}
