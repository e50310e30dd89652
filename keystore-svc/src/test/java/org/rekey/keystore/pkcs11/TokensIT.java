package org.rekey.keystore.pkcs11;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rekey.keystore.key.KeyUnavailableException;
import org.rekey.keystore.key.PemKeys;
import org.rekey.keystore.key.PemKeys.Flaw;
import org.rekey.keystore.key.SigningKey;
import org.rekey.pkcs11.Passphrase;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.SoftHsm;
import org.rekey.verifier.key.Alg;

class TokensIT {
  private static final byte[] INPUT = "header.payload".getBytes(US_ASCII);

  private static SoftHsm hsm;
  private static SoftHsm.Token token;

  @TempDir Path home;
  private Path pin;

  @BeforeAll
  static void fillAToken() {
    hsm = SoftHsm.ofThisProcess();
    token = hsm.token("tokens-it");
    token.generate("rsa:2048", "rsa", "01");
    token.generate("EC:prime256v1", "p256", "02");
    token.generate("EC:secp384r1", "p384", "03");
    token.generate("EC:secp521r1", "p521", "04");
    token.generate("EC:edwards25519", "ed25519", "05");
    token.generate("EC:secp256k1", "k1", "06");
    token.generate("rsa:1024", "weak", "07");
    token.generate("rsa:2048", "twin", "08");
    token.generate("rsa:2048", "twin", "09");
  }

  @BeforeEach
  void writePin() {
    pin = KeyFiles.write(home.resolve("pin"), SoftHsm.PIN + "\n");
  }

  @ParameterizedTest
  @CsvSource({"rsa, RS256", "p256, ES256", "p384, ES384", "p521, ES512", "ed25519, EDDSA"})
  void signsWithEveryTypeThatTheTokenHas(String label, Alg alg) throws Exception {
    var key = usable(token.uri(label, pin));

    assertThat(key.alg()).isEqualTo(alg);
    assertThat(key.store()).isEqualTo(SigningKey.Store.PKCS11);
    assertThat(alg.verify(key.publicKey(), INPUT, key.sign(INPUT))).isTrue();
  }

  @Test
  void findsAKeyByItsIdAndTakesThePinFromTheSettings() throws Exception {
    var tokens = new Tokens(List.of(hsm.library()), Passphrase.of("KEYSTORE_PKCS11_PIN", "1234"));

    var parsed = tokens.open("pkcs11:token=tokens-it;id=%05;type=private".getBytes(US_ASCII));

    assertThat(parsed).isInstanceOf(PemKeys.Usable.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "k1     | UNSUPPORTED_TYPE | EC curve",
        "weak   | WEAK_KEY         | 1024 bits",
        "twin   | TOKEN_KEY        | 2 private keys",
        "nobody | TOKEN_KEY        | list-objects"
      })
  void saysWhyAKeyCannotBeUsed(String label, Flaw flaw, String hint) {
    var unusable = unusable(open(token.uri(label, pin)));

    assertThat(unusable.flaw()).isEqualTo(flaw);
    assertThat(unusable.why()).contains(hint);
  }

  @Test
  void takesThePublicHalfOfAnRsaKeyFromThePrivateOneAndOfAnEcKeyFromNowhere() {
    var bare = hsm.token("bare");
    bare.generate("rsa:2048", "rsa", "01");
    bare.generate("EC:prime256v1", "ec", "02");
    bare.delete("pubkey", "01");
    bare.delete("pubkey", "02");

    assertThat(open(bare.uri("rsa", pin))).isInstanceOf(PemKeys.Usable.class);
    assertThat(unusable(open(bare.uri("ec", pin))).why())
        .isEqualTo(
            "key ec of token bare: the token shows no public half of it (put it there: pkcs11-tool --write-object PUBLIC.der --type pubkey --id 02)");
  }

  @Test
  void loadsNoModuleThatTheSettingsDoNotName() {
    var unusable = unusable(Tokens.none().open(token.uri("rsa", pin).getBytes(US_ASCII)));

    assertThat(unusable.flaw()).isEqualTo(Flaw.TOKEN_MODULE);
    assertThat(unusable.why()).contains("may not be loaded");
  }

  /// Three wrong ones lock a real token. That it is not asked again shows where the right PIN would
  /// be accepted now: it is in the file, which looks as it did.
  @Test
  void showsAWrongPinToTheTokenOnceUntilItsFileChanges() throws IOException {
    var other = hsm.token("locks-itself");
    other.generate("EC:edwards25519", "key", "01");
    var uri = other.uri("key", pin);
    Files.writeString(pin, "abcd\n");
    var modified = Files.getLastModifiedTime(pin);

    var first = unusable(open(uri));
    assertThat(first.flaw()).isEqualTo(Flaw.TOKEN_PIN);
    assertThat(first.why()).contains("CKR_PIN_INCORRECT", pin.toString()).doesNotContain("abcd");

    Files.writeString(pin, SoftHsm.PIN + "\n");
    Files.setLastModifiedTime(pin, modified);
    assertThat(open(uri)).isEqualTo(first);

    KeyFiles.place(pin, SoftHsm.PIN + "\n");
    assertThat(open(uri)).isInstanceOf(PemKeys.Usable.class);
  }

  /// The token is not asked for its opinion of a PIN while it is open.
  @Test
  void losesNoTriesToFilesWithWrongPinsWhileAGoodKeyIsInUse() throws Exception {
    var key = usable(token.uri("ed25519", pin));
    assertThat(key.sign(INPUT)).isNotEmpty();
    var wrong = KeyFiles.write(home.resolve("wrong"), "abcd\n");

    for (var label : List.of("nobody", "nothing", "never")) {
      assertThat(unusable(open(token.uri(label, wrong))).flaw()).isEqualTo(Flaw.TOKEN_KEY);
    }
    assertThat(key.sign(INPUT)).isNotEmpty();
  }

  @Test
  void isUnavailableWhileTheTokenIsAwayAndGoesOnWhenItIsBack() throws Exception {
    var other = hsm.token("comes-and-goes");
    other.generate("EC:edwards25519", "key", "01");
    var key = usable(other.uri("key", pin));

    other.goAway();
    assertThatThrownBy(() -> key.sign(INPUT))
        .isInstanceOf(KeyUnavailableException.class)
        .hasMessageContaining("token comes-and-goes");
    assertThat(unusable(tokens().open(other.uri("key", pin).getBytes(US_ASCII))).flaw())
        .isEqualTo(Flaw.TOKEN_UNAVAILABLE);

    other.comeBack();
    await()
        .ignoreException(KeyUnavailableException.class)
        .until(() -> key.alg().verify(key.publicKey(), INPUT, key.sign(INPUT)));
  }

  @Test
  void doesNotSignWithAnotherKeyThatHasTakenItsName() throws Exception {
    var other = hsm.token("exchanged");
    other.generate("EC:edwards25519", "key", "01");
    var key = usable(other.uri("key", pin));

    other.delete("privkey", "01");
    other.delete("pubkey", "01");
    other.generate("EC:edwards25519", "key", "01");

    assertThatThrownBy(() -> key.sign(INPUT)).isInstanceOf(KeyUnavailableException.class);
    assertThatThrownBy(() -> key.sign(INPUT))
        .isInstanceOf(KeyUnavailableException.class)
        .hasMessageContaining("signs with another key");
  }

  @Test
  void signsForManyAtOnceInAFewSessions() throws Exception {
    var key = usable(token.uri("ed25519", pin));

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Boolean> signs = () -> key.alg().verify(key.publicKey(), INPUT, key.sign(INPUT));
      var signed = threads.invokeAll(Collections.nCopies(200, signs));
      for (var one : signed) {
        assertThat(one.get()).isTrue();
      }
    }
  }

  @Test
  void showsNoPinInItsText() {
    var key = usable(token.uri("rsa", pin));

    assertThat(key.toString()).contains("token tokens-it").doesNotContain(SoftHsm.PIN + "]");
    assertThat(new Tokens(List.of(), Passphrase.of("KEYSTORE_PKCS11_PIN", "8642")).toString())
        .doesNotContain("8642");
  }

  private static Tokens tokens() {
    return new Tokens(List.of(hsm.library()), Passphrase.none());
  }

  private static SigningKey usable(String uri) {
    var parsed = open(uri);
    assertThat(parsed).isInstanceOf(PemKeys.Usable.class);
    return ((PemKeys.Usable) parsed).key();
  }

  /// SoftHSM sees a token that another process has made only when it is started anew, which happens
  /// every few seconds at most.
  private static PemKeys.Parsed open(String uri) {
    return await()
        .until(
            () -> tokens().open(uri.getBytes(US_ASCII)),
            parsed ->
                !(parsed instanceof PemKeys.Unusable unusable
                    && unusable.flaw() == Flaw.TOKEN_UNAVAILABLE));
  }

  private static PemKeys.Unusable unusable(PemKeys.Parsed parsed) {
    assertThat(parsed).isInstanceOf(PemKeys.Unusable.class);
    return (PemKeys.Unusable) parsed;
  }
}
