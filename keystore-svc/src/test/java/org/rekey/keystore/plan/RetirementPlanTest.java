package org.rekey.keystore.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KnownKey;

/// When a key may go, and the lines that say why it may not (ADR 12, h).
class RetirementPlanTest {
  private static final Instant REPLACED = TestKey.ADDED.plus(Duration.ofDays(1));
  private static final Instant SETTLED = REPLACED.plus(TestKey.BOUNDS.settle());
  private static final Duration MOMENT = Duration.ofNanos(1);

  private final KnownKey key = TestKey.verifyOnlySince(REPLACED);

  @Test
  void isSafeWhenACountThatBeganLateEnoughFoundNothing() {
    var plan = plan(key, zeroAt(SETTLED), SETTLED);

    assertThat(plan.isSafe()).isTrue();
    assertThat(plan.safeFrom()).isEqualTo(SETTLED);
  }

  @Test
  void doesNotBelieveACountThatBeganAMomentTooEarly() {
    var counted = SETTLED.minus(MOMENT);
    var plan = plan(key, zeroAt(counted), SETTLED.plusSeconds(3));

    assertThat(plan.obstacles())
        .containsExactly(
            "counted at %s, and tokens that it signed last may be on their way until %s (count again)"
                .formatted(counted, SETTLED));
    assertThat(plan.safeFrom()).isEqualTo(SETTLED.plusSeconds(3));
  }

  @Test
  void doesNotBelieveACountThatIsTooOld() {
    var now = SETTLED.plus(TestKey.BOUNDS.goodFor());

    assertThat(plan(key, zeroAt(SETTLED), now).isSafe()).isTrue();
    var plan = plan(key, zeroAt(SETTLED), now.plus(MOMENT));
    assertThat(plan.obstacles())
        .containsExactly(
            "counted at %s, which is too long ago (expected: reports of useradm; is one running?)"
                .formatted(SETTLED));
    assertThat(plan.safeFrom()).isNull();
  }

  @Test
  void saysThatNobodyHasCounted() {
    var plan = RetirementPlan.of(key, Optional.empty(), SETTLED, TestKey.BOUNDS);

    assertThat(plan.obstacles())
        .containsExactly(
            "nobody has counted what hangs on it (expected: reports of useradm; is one running?)");
    assertThat(plan.safeFrom()).isNull();
  }

  @Test
  void namesWhatHangsOnItAndWhenTheLastOfItEnds() {
    var last = SETTLED.plus(Duration.ofDays(2));
    var usage = new TokenUsage("useradm", 7, 1, 2, 3, last, false, 4, List.of(), false);
    var plan = plan(key, new CountedUsage(usage, SETTLED), SETTLED);

    assertThat(plan.obstacles())
        .containsExactly(
            "1 session and 2 personal access tokens and 3 device tokens of 4 owners hang on it, the last until "
                + last);
    assertThat(plan.safeFrom()).isEqualTo(last);
  }

  @Test
  void saysThatATokenNeverExpires() {
    var plan = plan(key, new CountedUsage(TestKey.usage(1, null, true), SETTLED), SETTLED);

    assertThat(plan.obstacles())
        .containsExactly("1 session of 1 owner hang on it, and one never expires");
    assertThat(plan.safeFrom()).isNull();
  }

  @Test
  void countsWhatMayHangOnItBecauseItsKidIsNotKnown() {
    var any = new TokenUsage("useradm", 0, 0, 1, 0, null, true, 1, List.of(), true);
    var plan =
        plan(key, new CountedUsage(TokenUsage.none("useradm", 7).and(any), SETTLED), SETTLED);

    assertThat(plan.obstacles())
        .singleElement()
        .asString()
        .contains("1 personal access token", "or may do (imported, kid not known)");
  }

  @Test
  void neverLetsTheKeyGoThatSigns() {
    var active = TestKey.in(new KeyLife.Active(REPLACED), false);

    assertThat(plan(active, zeroAt(SETTLED), SETTLED).obstacles())
        .containsExactly("it signs (activate another key first)");
  }

  @Test
  void neverLetsAHeldKeyGo() {
    var held = TestKey.in(key.life(), true);
    var plan = plan(held, zeroAt(SETTLED), SETTLED);

    assertThat(plan.obstacles()).containsExactly("it is held (release it first)");
    assertThat(plan.safeFrom()).isNull();
  }

  @Test
  void saysThatItIsGoneAlready() {
    var retired = TestKey.in(new KeyLife.Retired(TestKey.ADDED, REPLACED), false);

    assertThat(plan(retired, zeroAt(SETTLED), SETTLED).obstacles())
        .containsExactly("it is RETIRED already, since " + REPLACED);
  }

  @Test
  void believesAnyCountOfAKeyThatNeverSigned() {
    assertThat(plan(TestKey.announced(), zeroAt(TestKey.ADDED), TestKey.ADDED).isSafe()).isTrue();
  }

  @Test
  void waitsForTheLastTokensOfAKeyWhoseFileWasAwayAndIsBack() {
    var back = TestKey.in(new KeyLife.Announced(TestKey.ADDED, REPLACED), false);

    assertThat(plan(back, zeroAt(SETTLED.minus(MOMENT)), SETTLED).isSafe()).isFalse();
    assertThat(plan(back, zeroAt(SETTLED), SETTLED).isSafe()).isTrue();
  }

  private static CountedUsage zeroAt(Instant at) {
    return new CountedUsage(TokenUsage.none("useradm", 7), at);
  }

  private static RetirementPlan plan(KnownKey key, CountedUsage counted, Instant now) {
    return RetirementPlan.of(key, Optional.of(counted), now, TestKey.BOUNDS);
  }
}
