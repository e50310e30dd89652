package org.rekey.verifier.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.verifier.fixture.LogWriter.DEVICEAUTH;
import static org.rekey.verifier.fixture.Token.NOW;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.verifier.fixture.FixedKeys;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.fixture.TestKeys;
import org.rekey.verifier.fixture.Token;
import org.rekey.verifier.key.Alg;

/// Tokens that are good only with a certificate (RFC 8705 section 3).
class BoundTokenTest {
  private static final String OWN = "A".repeat(43);
  private static final CertificateThumbprint SHOWN = new CertificateThumbprint(OWN);
  private static final Check MISMATCH = new Check.Refused(Reason.CERTIFICATE_MISMATCH);

  private final LogWriter log = new LogWriter();
  private final TokenVerifier verifier;

  BoundTokenTest() {
    log.added(DEVICEAUTH, 0, TestKeys.ed25519());
    log.activated(DEVICEAUTH, 0);
    verifier = new TokenVerifier(new FixedKeys(log.map()), TokenVerifierConfig.defaults());
  }

  private static byte[] with(String cnf) {
    return Token.device(Alg.EDDSA).claims("{", "{\"cnf\":" + cnf + ",").signed(TestKeys.ed25519());
  }

  private Check check(byte[] token, @Nullable CertificateThumbprint shown) {
    return verifier.check(DEVICEAUTH, token, shown, NOW);
  }

  @Test
  void areGoodWithTheirCertificateAndSayWhichItIs() {
    assertThat(check(with("{\"x5t#S256\":\"" + OWN + "\"}"), SHOWN))
        .isInstanceOfSatisfying(
            Check.Verified.class,
            verified -> assertThat(verified.claims().certificate()).isEqualTo(SHOWN));
  }

  @Test
  void areRefusedWithoutItAndWithAnotherAlsoWhenTheSignatureIsRemembered() {
    byte[] token = with("{\"x5t#S256\":\"" + OWN + "\"}");
    for (int i = 0; i < 2; i++) {
      assertThat(check(token, null)).isEqualTo(MISMATCH);
      assertThat(verifier.check(DEVICEAUTH, token, NOW)).isEqualTo(MISMATCH);
      assertThat(check(token, new CertificateThumbprint("B" + "A".repeat(42)))).isEqualTo(MISMATCH);
      assertThat(check(token, SHOWN)).isInstanceOf(Check.Verified.class);
    }
  }

  @Test
  void areTheOnlyOnesThatAreGoodWithACertificate() {
    byte[] unbound = Token.device(Alg.EDDSA).signed(TestKeys.ed25519());
    assertThat(check(unbound, SHOWN)).isEqualTo(MISMATCH);
    assertThat(check(unbound, null)).isInstanceOf(Check.Verified.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
        "[{\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]",
        "{}",
        "{\"x5t\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"X5T#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"x5t#S256\":null}",
        "{\"x5t#S256\":1}",
        "{\"x5t#S256\":[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"]}",
        "{\"x5t#S256\":\"\"}",
        "{\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}",
        "{\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\"}",
        "{\"x5t#S256\":\"A+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"jkt\":\"a\"}",
        "{\"jwk\":{},\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"a\":{\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}"
      })
  void areRefusedWhenTheirConditionIsNotUnderstood(String cnf) {
    assertThat(check(with(cnf), SHOWN)).isEqualTo(new Check.Refused(Reason.BAD_CLAIMS));
    assertThat(check(with(cnf), null)).isEqualTo(new Check.Refused(Reason.BAD_CLAIMS));
  }

  @Test
  void areMalformedWhenTheyNameTwoCertificates() {
    String twice = "{\"x5t#S256\":\"%s\",\"x5t#S256\":\"%s\"}".formatted(OWN, OWN);
    assertThat(check(with(twice), SHOWN)).isEqualTo(new Check.Refused(Reason.MALFORMED));
  }

  @Test
  void thumbprintsHaveOneSpelling() {
    byte[] sha256 = new byte[32];
    sha256[31] = 1;
    CertificateThumbprint thumbprint = Objects.requireNonNull(CertificateThumbprint.of(sha256));
    assertThat(thumbprint.sha256()).isEqualTo(sha256);
    assertThat(CertificateThumbprint.parse(thumbprint.text())).contains(thumbprint);
    assertThat(CertificateThumbprint.of(new byte[0])).isNull();
  }
}
