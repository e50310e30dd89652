package org.rekey.verifier.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.verifier.fixture.LogWriter.DEVICEAUTH;
import static org.rekey.verifier.fixture.LogWriter.USERADM;
import static org.rekey.verifier.fixture.Token.NOW;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.rekey.verifier.fixture.FixedKeys;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.fixture.TestKeys;
import org.rekey.verifier.fixture.Token;
import org.rekey.verifier.follow.PullOutcome;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.CryptoProvider;
import org.rekey.verifier.token.Check.Refused;
import org.rekey.verifier.token.Check.Unavailable;
import org.rekey.verifier.token.Check.Verdict;
import org.rekey.verifier.token.Check.Verified;

/// A stale verifier never calls a good token bad, and nobody makes it ask more than it wants to.
class UnknownKidTest {
  private final LogWriter log = new LogWriter();
  private final FixedKeys keys;
  private final AtomicLong nanos = new AtomicLong();
  private final byte[] newToken = Token.user(Alg.EDDSA, 5539).signed(TestKeys.ed25519());

  UnknownKidTest() {
    log.added(USERADM, 0, TestKeys.rsa());
    keys = new FixedKeys(log.map());
  }

  @Test
  void asksTheLogBeforeItCallsATokenBad() {
    keys.onPull(
        () -> {
          log.added(USERADM, 5539, TestKeys.ed25519());
          keys.set(log.map());
          return caughtUp();
        });

    assertThat(verdict(verifier(), newToken)).isInstanceOf(Verified.class);
    assertThat(keys.pulls()).isEqualTo(1);
  }

  @Test
  void doesNotAskForKidsThatItKnows() {
    var good = Token.user(Alg.RS256, 0).signed(TestKeys.rsa());

    var verdict = verifier().checkOrPull(USERADM, good, NOW).toCompletableFuture();

    assertThat(verdict).isCompletedWithValueMatching(Verified.class::isInstance);
    assertThat(keys.pulls()).isZero();
  }

  @Test
  void refusesWhatTheLogDoesNotKnowEither() {
    assertThat(verdict(verifier(), newToken)).isEqualTo(new Refused(Reason.UNKNOWN_KID));
  }

  @Test
  void givesNoVerdictWhenTheLogCannotBeReached() {
    keys.onPull(() -> done(new PullOutcome.Failed("keystore answers UNAVAILABLE")));

    assertThat(verdict(verifier(), newToken))
        .isEqualTo(new Unavailable("key log: keystore answers UNAVAILABLE"));
  }

  @Test
  void givesNoVerdictWhenTheLogDoesNotAnswerInTime() {
    keys.onPull(CompletableFuture::new);

    assertThat(verdict(verifier(), newToken))
        .isEqualTo(new Unavailable("key log: no answer in time"));
  }

  @Test
  void takesAKeyThatCameByTheOtherRoadMeanwhile() {
    keys.onPull(
        () -> {
          log.added(USERADM, 5539, TestKeys.ed25519());
          keys.set(log.map());
          return done(new PullOutcome.Failed("down"));
        });

    assertThat(verdict(verifier(), newToken)).isInstanceOf(Verified.class);
  }

  @Test
  void remembersForAShortTimeThatAKidIsUnknown() {
    var verifier = verifier();

    assertThat(verdict(verifier, newToken)).isEqualTo(new Refused(Reason.UNKNOWN_KID));
    assertThat(verdict(verifier, newToken)).isEqualTo(new Refused(Reason.UNKNOWN_KID));
    assertThat(keys.pulls()).isEqualTo(1);

    nanos.addAndGet(Duration.ofSeconds(3).toNanos());
    assertThat(verdict(verifier, newToken)).isEqualTo(new Refused(Reason.UNKNOWN_KID));
    assertThat(keys.pulls()).isEqualTo(2);
  }

  @Test
  void asksEachTimeWhileTheKeystoreDoesNotWaitForThisVerifier() {
    keys.waitedFor(false);
    var verifier = verifier();

    assertThat(verdict(verifier, newToken)).isEqualTo(new Refused(Reason.UNKNOWN_KID));
    assertThat(verdict(verifier, newToken)).isEqualTo(new Refused(Reason.UNKNOWN_KID));

    assertThat(keys.pulls()).isEqualTo(2);
  }

  @Test
  void forgetsThatAKidIsUnknownAtTheNextEvent() {
    var verifier = verifier();
    verdict(verifier, newToken);

    log.added(USERADM, 1, TestKeys.rsa("one"));
    keys.set(log.map());
    verdict(verifier, newToken);

    assertThat(keys.pulls()).isEqualTo(2);
  }

  @Test
  void doesNotTakeOneRingsUnknownKidForAnothers() {
    var verifier = verifier();
    verdict(verifier, newToken);

    verifier.checkOrPull(DEVICEAUTH, newToken, NOW).toCompletableFuture().join();

    assertThat(keys.pulls()).isEqualTo(2);
  }

  @Test
  void doesNotRememberAKidAsUnknownWhenTheLogCouldNotBeAsked() {
    var verifier = verifier();
    keys.onPull(() -> done(new PullOutcome.Failed("down")));
    verdict(verifier, newToken);
    keys.onPull(
        () -> {
          log.added(USERADM, 5539, TestKeys.ed25519());
          keys.set(log.map());
          return caughtUp();
        });

    assertThat(verdict(verifier, newToken)).isInstanceOf(Verified.class);
  }

  @Test
  void letsOnlySoManyWait() {
    var held = new CompletableFuture<PullOutcome>();
    keys.onPull(() -> held);
    var verifier = verifier();
    var verdicts = new ArrayList<CompletableFuture<Verdict>>();
    for (long kid = 100; kid < 150; kid++) {
      verdicts.add(
          verifier
              .checkOrPull(USERADM, Token.user(Alg.EDDSA, kid).signed(TestKeys.ed25519()), NOW)
              .toCompletableFuture());
    }

    assertThat(verdicts.subList(32, 50))
        .allSatisfy(
            verdict ->
                assertThat(verdict)
                    .isCompletedWithValue(
                        new Unavailable("too many tokens of unknown kid wait for the key log")));
    held.complete(new PullOutcome.CaughtUp(1));
    assertThat(verdicts.subList(0, 32))
        .allSatisfy(
            verdict ->
                assertThat(verdict.get(10, TimeUnit.SECONDS))
                    .isEqualTo(new Refused(Reason.UNKNOWN_KID)));
    assertThat(verdict(verifier, newToken)).isEqualTo(new Refused(Reason.UNKNOWN_KID));
  }

  @Test
  void aFloodOfRandomKidsDoesNotHarmGoodTokens() {
    var verifier = verifier();
    var good = Token.user(Alg.RS256, 0).signed(TestKeys.rsa());
    assertThat(verifier.check(USERADM, good, NOW)).isInstanceOf(Verified.class);

    for (long kid = 1; kid < 2000; kid++) {
      verdict(verifier, Token.user(Alg.EDDSA, kid).withSignature(new byte[64]));
    }

    assertThat(verifier.check(USERADM, good, NOW)).isInstanceOf(Verified.class);
  }

  private TokenVerifier verifier() {
    var config =
        new TokenVerifierConfig(100, 16, 1000, Duration.ofSeconds(2), 32, Duration.ofMillis(200));
    Ticker ticker = nanos::get;
    return new TokenVerifier(keys, config, CryptoProvider.preferred(), ticker);
  }

  private static Verdict verdict(TokenVerifier verifier, byte[] token) {
    return verifier.checkOrPull(USERADM, token, NOW).toCompletableFuture().join();
  }

  private static CompletionStage<PullOutcome> caughtUp() {
    return done(new PullOutcome.CaughtUp(1));
  }

  private static CompletionStage<PullOutcome> done(PullOutcome outcome) {
    return CompletableFuture.completedFuture(outcome);
  }
}
