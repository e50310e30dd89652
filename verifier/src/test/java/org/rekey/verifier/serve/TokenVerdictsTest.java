package org.rekey.verifier.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.verifier.fixture.LogWriter.USERADM;
import static org.rekey.verifier.fixture.Token.NOW;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rekey.proto.keystore.v1.KeyRetired.Cause;
import org.rekey.verifier.fixture.TestKeys;
import org.rekey.verifier.fixture.Token;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.token.Reason;
import org.rekey.verifier.token.TokenVerifier;
import org.rekey.verifier.token.TokenVerifierConfig;

class TokenVerdictsTest {
  private static final Token TOKEN = Token.user(Alg.EDDSA, 7);
  private static final byte[] SIGNED = TOKEN.signed(TestKeys.ed25519());

  private final KeysInHand keys = new KeysInHand();
  private final TableOfTokens table = new TableOfTokens();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final LiveTokens live =
      new LiveTokens(table, 1000, Duration.ofMinutes(1), new Coverage(), System::nanoTime, meters);
  private final TokenVerdicts verdicts =
      new TokenVerdicts(
          USERADM,
          new TokenVerifier(keys, TokenVerifierConfig.defaults()),
          live,
          _ -> {},
          () -> NOW,
          new VerdictCounters(USERADM, meters));

  @BeforeEach
  void addKey() {
    keys.log.added(USERADM, 7, TestKeys.ed25519());
    keys.log.activated(USERADM, 7);
    table.rows.put("a1b2", new LiveToken("u1", LiveToken.Kind.USER_SESSION));
  }

  @Test
  void acceptsALiveTokenAndAnswersAtOnceTheNextTime() {
    var accepted =
        new Verdict.Accepted("u1", "a1b2", 7, LiveToken.Kind.USER_SESSION, NOW.plusSeconds(3600));
    assertThat(verdict(SIGNED)).isEqualTo(accepted);
    assertThat(verdicts.of(SIGNED).toCompletableFuture()).isCompletedWithValue(accepted);
    assertThat(table.queries).hasSize(1);
    assertThat(counted("accepted", "", "7")).isEqualTo(2);
  }

  @Test
  void refusesATokenThatTheRegistryDoesNotList() {
    table.rows.clear();
    assertThat(verdict(SIGNED)).isEqualTo(new Verdict.Refused(Reason.NOT_LIVE));
  }

  @Test
  void refusesATokenThatTheRegistryListsForSomebodyElse() {
    table.rows.put("a1b2", new LiveToken("u2", LiveToken.Kind.USER_SESSION));
    assertThat(verdict(SIGNED)).isEqualTo(new Verdict.Refused(Reason.NOT_LIVE));
  }

  @Test
  void doesNotAskTheRegistryAboutATokenWithABadSignature() {
    assertThat(verdict(TOKEN.signed(TestKeys.ed25519("other"))))
        .isEqualTo(new Verdict.Refused(Reason.BAD_SIGNATURE));
    assertThat(table.queries).isEmpty();
    assertThat(counted("refused", "bad_signature", "")).isEqualTo(1);
  }

  @Test
  void hasNoVerdictWhenTheRegistryCannotBeAsked() {
    table.whileAsked =
        () -> {
          throw new IllegalStateException("away");
        };
    assertThat(verdict(SIGNED)).isInstanceOf(Verdict.Unavailable.class);
  }

  @Test
  void forgetsNoRetirementWhileTheRegistryIsAsked() {
    table.whileAsked = () -> keys.log.retired(USERADM, 7, Cause.CAUSE_COMMAND);
    assertThat(verdict(SIGNED)).isEqualTo(new Verdict.Refused(Reason.KEY_RETIRED));
  }

  @Test
  void refusesTheTokensOfARetiredKeyHoweverWellRememberedTheyAre() {
    verdict(SIGNED);
    keys.log.retired(USERADM, 7, Cause.CAUSE_COMMAND);
    assertThat(verdict(SIGNED)).isEqualTo(new Verdict.Refused(Reason.KEY_RETIRED));
  }

  @Test
  void callsAnUnknownKidBadOnlyWhenTheLogWasAsked() {
    byte[] other = Token.user(Alg.EDDSA, 8).signed(TestKeys.ed25519());
    keys.reachable = false;
    assertThat(verdict(other)).isInstanceOf(Verdict.Unavailable.class);
    keys.reachable = true;
    assertThat(verdict(other)).isEqualTo(new Verdict.Refused(Reason.UNKNOWN_KID));
    keys.log.added(USERADM, 8, TestKeys.ed25519());
    assertThat(verdict(other)).isInstanceOf(Verdict.Accepted.class);
  }

  private Verdict verdict(byte[] token) {
    CompletionStage<Verdict> verdict = verdicts.of(token);
    return verdict.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }

  private double counted(String outcome, String reason, String kid) {
    return meters
        .get("rekey.token.verdicts")
        .tags("ring", USERADM, "outcome", outcome, "reason", reason, "kid", kid)
        .counter()
        .count();
  }
}
