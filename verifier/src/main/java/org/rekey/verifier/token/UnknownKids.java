package org.rekey.verifier.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;

/// Kids that the log did not know a moment ago, so that a stranger repeating one does not make us
/// ask each time. Void as soon as any event arrives, and asked only while the keystore waits for
/// this verifier (ADR 12, j). Apart from everything that good tokens use, so
/// a flood of random kids evicts only its own.
final class UnknownKids {
  private final Cache<Kid, Long> epochs;

  UnknownKids(int size, Duration keepFor, Ticker ticker) {
    this.epochs =
        Caffeine.newBuilder().maximumSize(size).expireAfterWrite(keepFor).ticker(ticker).build();
  }

  void remember(String ring, long kid, long epoch) {
    epochs.put(new Kid(ring, kid), epoch);
  }

  boolean contains(String ring, long kid, long epoch) {
    var asked = epochs.getIfPresent(new Kid(ring, kid));
    return asked != null && asked == epoch;
  }

  private record Kid(String ring, long kid) {}
}
