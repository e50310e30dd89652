package org.rekey.verifier.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.verifier.fixture.LogWriter.DEVICEAUTH;
import static org.rekey.verifier.fixture.LogWriter.USERADM;
import static org.rekey.verifier.fixture.Token.NOW;

import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.rekey.verifier.fixture.FixedKeys;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.fixture.TestKeys;
import org.rekey.verifier.fixture.Token;
import org.rekey.verifier.key.Alg;

/// A token that is read once and asked about again and again.
class ReadTokenTest {
  private static final KeyPair KEY = TestKeys.ed25519();
  private static final CertificateThumbprint SHOWN = new CertificateThumbprint("A".repeat(43));
  private static final CertificateThumbprint OTHER =
      new CertificateThumbprint("B" + "A".repeat(42));

  private static TokenVerifier verifier(String ring, long kid, KeyPair key) {
    return verifier(ring, kid, key, TokenVerifierConfig.defaults());
  }

  private static TokenVerifier verifier(
      String ring, long kid, KeyPair key, TokenVerifierConfig config) {
    LogWriter log = new LogWriter();
    log.added(ring, kid, key);
    return new TokenVerifier(new FixedKeys(log.map()), config);
  }

  @Test
  void itsCertificateAndItsTimesAreLookedAtEachTime() {
    TokenVerifier verifier = verifier(DEVICEAUTH, 0, KEY);
    String cnf = "{\"cnf\":{\"x5t#S256\":\"" + "A".repeat(43) + "\"},";
    ReadToken token = verifier.read(Token.device(Alg.EDDSA).claims("{", cnf).signed(KEY));
    for (int i = 0; i < 2; i++) {
      assertThat(check(verifier, token, SHOWN, NOW)).isInstanceOf(Check.Verified.class);
      assertThat(check(verifier, token, null, NOW))
          .isEqualTo(new Check.Refused(Reason.CERTIFICATE_MISMATCH));
      assertThat(check(verifier, token, OTHER, NOW))
          .isEqualTo(new Check.Refused(Reason.CERTIFICATE_MISMATCH));
      assertThat(check(verifier, token, SHOWN, NOW.plus(Duration.ofHours(2))))
          .isEqualTo(new Check.Refused(Reason.EXPIRED));
    }
  }

  private static Check check(
      TokenVerifier verifier,
      ReadToken token,
      @Nullable CertificateThumbprint certificate,
      Instant now) {
    return verifier.check(DEVICEAUTH, token, certificate, now);
  }

  @Test
  void anotherKeyWithTheSameKidDoesNotMakeItGood() {
    TokenVerifier own = verifier(USERADM, 7, KEY);
    TokenVerifier other = verifier(USERADM, 7, TestKeys.ed25519("other"));
    ReadToken token = own.read(Token.user(Alg.EDDSA, 7).signed(KEY));
    for (int i = 0; i < 2; i++) {
      assertThat(own.check(USERADM, token, null, NOW)).isInstanceOf(Check.Verified.class);
      assertThat(other.check(USERADM, token, null, NOW))
          .isEqualTo(new Check.Refused(Reason.BAD_SIGNATURE));
    }
  }

  @Test
  void whoeverRemembersNoSignaturesRemembersNoneOfItEither() {
    TokenVerifier verifier =
        verifier(USERADM, 7, KEY, TokenVerifierConfig.defaults().withRememberedSignatures(0));
    ReadToken token = verifier.read(Token.user(Alg.EDDSA, 7).signed(KEY));
    assertThat(verifier.check(USERADM, token, null, NOW))
        .isInstanceOfSatisfying(
            Check.Verified.class,
            verified -> assertThat(token.payload(Objects.requireNonNull(verified.key()))).isNull());
  }

  @Test
  void whatIsNoTokenIsNoneEachTime() {
    TokenVerifier verifier = verifier(USERADM, 7, KEY);
    ReadToken token = verifier.read(new byte[] {'x'});
    for (int i = 0; i < 2; i++) {
      assertThat(verifier.check(USERADM, token, null, NOW))
          .isEqualTo(new Check.Refused(Reason.MALFORMED));
    }
  }
}
