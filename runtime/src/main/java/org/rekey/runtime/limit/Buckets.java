package org.rekey.runtime.limit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.InstantSource;
import java.util.Optional;

/// A bucket of tokens for each key, of as many keys as fit.
public final class Buckets {
  private static final int MAX_REMEMBERED = 100_000;

  private final Rate rate;
  private final TimeMeter time;
  private final Cache<String, Bucket> buckets;

  /// @param rate not off
  public Buckets(Rate rate, InstantSource clock) {
    this.rate = rate;
    this.time = new ClockTime(clock);
    this.buckets =
        Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .ticker(time::currentTimeNanos)
            .expireAfterAccess(rate.per().multipliedBy(2))
            .build();
  }

  public Bucket of(String key) {
    return buckets.get(key, _ -> fresh());
  }

  /// The one of a key that has used some of it lately; nobody is remembered for the question.
  public Optional<Bucket> known(String key) {
    return Optional.ofNullable(buckets.getIfPresent(key));
  }

  /// How many are remembered.
  public long size() {
    buckets.cleanUp();
    return buckets.estimatedSize();
  }

  private Bucket fresh() {
    return Bucket.builder()
        .addLimit(
            bandwidth -> bandwidth.capacity(rate.amount()).refillGreedy(rate.amount(), rate.per()))
        .withCustomTimePrecision(time)
        .build();
  }

  private record ClockTime(InstantSource clock) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
      var now = clock.instant();
      return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    @Override
    public boolean isWallClockBased() {
      return true;
    }
  }
}
