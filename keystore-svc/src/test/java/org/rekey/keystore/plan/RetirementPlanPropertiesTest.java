package org.rekey.keystore.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KnownKey;

/// What holds for every key, every count and every moment.
class RetirementPlanPropertiesTest {
  @Property
  void isNeverSafeWhileATokenLives(
      @ForAll("keys") KnownKey key,
      @ForAll("counts") CountedUsage counted,
      @ForAll("times") Instant now) {
    if (counted.usage().tokens() > 0) {
      assertThat(plan(key, counted, now).isSafe()).isFalse();
    }
  }

  @Property
  void isNeverSafeWhileTheKeySignsOrIsHeldOrGone(
      @ForAll("keys") KnownKey key,
      @ForAll("counts") CountedUsage counted,
      @ForAll("times") Instant now) {
    if (key.held() || !(key.life() instanceof KeyLife.Idle)) {
      var plan = plan(key, counted, now);
      assertThat(plan.isSafe()).isFalse();
      assertThat(plan.safeFrom()).isNull();
    }
  }

  @Property
  void isNeverSafeByACountFromBeforeTheKeyHadSettled(
      @ForAll("keys") KnownKey key,
      @ForAll("counts") CountedUsage counted,
      @ForAll("times") Instant now) {
    var stopped = stoppedSigning(key);
    if (stopped != null && counted.countedAt().isBefore(stopped.plus(TestKey.BOUNDS.settle()))) {
      assertThat(plan(key, counted, now).isSafe()).isFalse();
    }
  }

  @Property
  void isNeverSafeByAnOldCountOrNone(
      @ForAll("keys") KnownKey key,
      @ForAll("counts") CountedUsage counted,
      @ForAll("times") Instant now) {
    assertThat(RetirementPlan.of(key, Optional.empty(), now, TestKey.BOUNDS).isSafe()).isFalse();
    if (counted.countedAt().plus(TestKey.BOUNDS.goodFor()).isBefore(now)) {
      assertThat(plan(key, counted, now).isSafe()).isFalse();
    }
  }

  @Property
  void namesNoMomentBeforeTheLastExpiryOrTheSettlingOrNow(
      @ForAll("keys") KnownKey key,
      @ForAll("counts") CountedUsage counted,
      @ForAll("times") Instant now) {
    var from = plan(key, counted, now).safeFrom();
    if (from == null) {
      return;
    }
    assertThat(from).isAfterOrEqualTo(now);
    var last = counted.usage().lastExpiry();
    if (counted.usage().tokens() > 0 && last != null) {
      assertThat(from).isAfterOrEqualTo(last);
    }
    var stopped = stoppedSigning(key);
    if (stopped != null) {
      assertThat(from).isAfterOrEqualTo(stopped.plus(TestKey.BOUNDS.settle()));
    }
  }

  @Property
  void namesNoMomentWhileATokenNeverExpires(
      @ForAll("keys") KnownKey key,
      @ForAll("counts") CountedUsage counted,
      @ForAll("times") Instant now) {
    if (counted.usage().tokens() > 0 && counted.usage().neverExpires()) {
      assertThat(plan(key, counted, now).safeFrom()).isNull();
    }
  }

  /// The way out is real: who waits until then, and counts again and finds nothing, may go ahead.
  @Property
  void isSafeFromTheMomentThatItNames(
      @ForAll("keys") KnownKey key,
      @ForAll("counts") CountedUsage counted,
      @ForAll("times") Instant now) {
    var from = plan(key, counted, now).safeFrom();
    if (from != null) {
      var again = new CountedUsage(TokenUsage.none("useradm", 7), from);
      assertThat(plan(key, again, from).isSafe()).isTrue();
    }
  }

  private static RetirementPlan plan(KnownKey key, CountedUsage counted, Instant now) {
    return RetirementPlan.of(key, Optional.of(counted), now, TestKey.BOUNDS);
  }

  private static @Nullable Instant stoppedSigning(KnownKey key) {
    return switch (key.life()) {
      case KeyLife.VerifyOnly only -> only.replacedAt();
      case KeyLife.Announced announced when announced.activatedAt() != null ->
          announced.removedAt();
      default -> null;
    };
  }

  /// Dense enough around the bounds that their edges are met.
  @Provide
  Arbitrary<Instant> times() {
    return Arbitraries.integers().between(0, 120).map(second -> TestKey.ADDED.plusSeconds(second));
  }

  @Provide
  Arbitrary<KnownKey> keys() {
    var lives =
        Arbitraries.oneOf(
            Arbitraries.just(new KeyLife.Announced(null, null)),
            times().map(at -> new KeyLife.Announced(null, at)),
            times().map(at -> new KeyLife.Announced(TestKey.ADDED, at)),
            times().map(KeyLife.Active::new),
            times().map(at -> new KeyLife.VerifyOnly(TestKey.ADDED, at)),
            times().map(at -> new KeyLife.Retired(TestKey.ADDED, at)),
            times().map(at -> new KeyLife.Removed(TestKey.ADDED, at)),
            times().map(at -> new KeyLife.Compromised(TestKey.ADDED, at)));
    return Combinators.combine(lives, Arbitraries.of(false, false, true)).as(TestKey::in);
  }

  @Provide
  Arbitrary<CountedUsage> counts() {
    var tokens = Arbitraries.of(0L, 0L, 1L, 5L, Long.MAX_VALUE);
    var expiries = times().map(at -> at.plus(Duration.ofSeconds(30))).injectNull(0.2);
    return Combinators.combine(tokens, expiries, Arbitraries.of(false, false, true), times())
        .as(
            (count, expiry, never, at) ->
                new CountedUsage(TestKey.usage(count, expiry, never), at));
  }
}
