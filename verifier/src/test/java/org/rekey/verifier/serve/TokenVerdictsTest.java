package org.rekey.verifier.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.verifier.fixture.LogWriter.USERADM;
import static org.rekey.verifier.fixture.Token.NOW;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rekey.proto.keystore.v1.KeyRetired.Cause;
import org.rekey.verifier.fixture.TestKeys;
import org.rekey.verifier.fixture.Token;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.token.CertificateThumbprint;
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
        new Verdict.Accepted(
            "u1", "a1b2", 7, LiveToken.Kind.USER_SESSION, NOW.plusSeconds(3600), null);
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

  @Test
  void asksForTheCertificateOfABoundTokenHoweverWellRememberedTheTokenIs() {
    CertificateThumbprint own = certificate(1);
    byte[] bound =
        TOKEN
            .claims("{", "{\"cnf\":{\"x5t#S256\":\"" + own.text() + "\"},")
            .signed(TestKeys.ed25519());
    Verdict mismatch = new Verdict.Refused(Reason.CERTIFICATE_MISMATCH);
    for (int i = 0; i < 2; i++) {
      assertThat(verdict(bound, null)).isEqualTo(mismatch);
      assertThat(verdict(bound, certificate(2))).isEqualTo(mismatch);
      assertThat(verdict(bound, own))
          .isInstanceOfSatisfying(
              Verdict.Accepted.class,
              accepted -> assertThat(accepted.certificate()).isEqualTo(own));
    }
    assertThat(verdict(SIGNED, own)).as("it is not bound").isEqualTo(mismatch);
    assertThat(verdict(SIGNED)).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void asksForTheCertificateAlsoWhenTheRegistryTakesItsTime() {
    CertificateThumbprint own = certificate(1);
    byte[] bound =
        TOKEN
            .claims("{", "{\"cnf\":{\"x5t#S256\":\"" + own.text() + "\"},")
            .signed(TestKeys.ed25519());
    assertThat(verdict(bound, own)).isInstanceOf(Verdict.Accepted.class);
    assertThat(table.queries).as("nothing was remembered").hasSize(1);
  }

  private static CertificateThumbprint certificate(int seed) {
    byte[] sha256 = new byte[CertificateThumbprint.BYTES];
    sha256[0] = (byte) seed;
    return Objects.requireNonNull(CertificateThumbprint.of(sha256));
  }

  private Verdict verdict(byte[] token, @Nullable CertificateThumbprint certificate) {
    return verdicts
        .of(verdicts.read(token), certificate)
        .toCompletableFuture()
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
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
