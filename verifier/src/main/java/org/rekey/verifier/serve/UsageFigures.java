package org.rekey.verifier.serve;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.KidVerdicts;
import org.rekey.verifier.follow.KeyBooks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What hangs on each kid, for the reports to the keystore: counted at most every five seconds
/// unless somebody waits for it.
/// While it cannot be counted, the last figures stand; a report that says "nothing" would let a key
/// be retired under live tokens.
final class UsageFigures implements KeyBooks {
  private static final Logger LOG = LoggerFactory.getLogger(UsageFigures.class);
  private static final Duration GOOD_FOR = Duration.ofSeconds(5);

  private final Function<Instant, List<KeyUsage>> count;
  private final InstantSource clock;
  private final Timer timer;
  private final VerdictCounters verdicts;
  private Instant countedAt = Instant.MIN;
  private @Nullable List<KeyUsage> last;

  UsageFigures(
      Function<Instant, List<KeyUsage>> count,
      VerdictCounters verdicts,
      InstantSource clock,
      MeterRegistry meters) {
    this.count = count;
    this.verdicts = verdicts;
    this.clock = clock;
    this.timer =
        Timer.builder("rekey.registry.usage")
            .description("Time to count what hangs on each kid")
            .register(meters);
  }

  /// Throws only when it was never counted.
  @Override
  public synchronized Counted counted(boolean anew) {
    Instant now = clock.instant();
    List<KeyUsage> known = last;
    if (known != null && !anew && now.isBefore(countedAt.plus(GOOD_FOR))) {
      return new Counted(known, age(now));
    }
    try {
      List<KeyUsage> counted = Objects.requireNonNull(timer.record(() -> count.apply(now)));
      last = counted;
      countedAt = now;
      return new Counted(counted, age(clock.instant()));
    } catch (RuntimeException e) {
      if (known == null) {
        throw e;
      }
      LOG.atWarn()
          .addKeyValue("error", e.toString())
          .log("live tokens could not be counted; the last figures stand");
      return new Counted(known, age(now));
    }
  }

  @Override
  public List<KidVerdicts> verdicts() {
    return verdicts.accepted();
  }

  private Duration age(Instant now) {
    Duration age = Duration.between(countedAt, now);
    return age.isNegative() ? Duration.ZERO : age;
  }
}
