package org.rekey.keystore.key;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.rekey.pkcs11.Passphrase;
import org.rekey.testkit.KeyFiles;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.Thumbprint;

class PemKeysTest {
  private static final KeyPair RSA = KeyFiles.rsa(2048);
  private static final KeyPair P_256 = KeyFiles.ec("secp256r1");
  private static final KeyPair P_384 = KeyFiles.ec("secp384r1");
  private static final KeyPair P_521 = KeyFiles.ec("secp521r1");
  private static final KeyPair ED25519 = KeyFiles.ed25519();
  private static final byte[] INPUT = "header.payload".getBytes(US_ASCII);
  private static final Passphrase PASSPHRASE = Passphrase.of("SETTING", "open sesame");

  static Stream<Arguments> forms() {
    return Stream.of(
        argumentSet("RSA, PKCS#1", KeyFiles.pkcs1(RSA), RSA, Alg.RS256),
        argumentSet("RSA, PKCS#8", KeyFiles.pkcs8(RSA), RSA, Alg.RS256),
        argumentSet("P-256, SEC1", KeyFiles.sec1(P_256), P_256, Alg.ES256),
        argumentSet(
            "P-256, EC PARAMETERS first", KeyFiles.sec1WithParameters(P_256), P_256, Alg.ES256),
        argumentSet("P-256, PKCS#8", KeyFiles.pkcs8(P_256), P_256, Alg.ES256),
        argumentSet("P-384, PKCS#8", KeyFiles.pkcs8(P_384), P_384, Alg.ES384),
        argumentSet("P-521, SEC1", KeyFiles.sec1(P_521), P_521, Alg.ES512),
        argumentSet("Ed25519, PKCS#8", KeyFiles.pkcs8(ED25519), ED25519, Alg.EDDSA),
        argumentSet(
            "RSA, encrypted PKCS#8", KeyFiles.encryptedPkcs8(RSA, "open sesame"), RSA, Alg.RS256),
        argumentSet(
            "Ed25519, encrypted PKCS#8",
            KeyFiles.encryptedPkcs8(ED25519, "open sesame"),
            ED25519,
            Alg.EDDSA),
        argumentSet(
            "RSA, encrypted the old way",
            KeyFiles.encryptedTraditional(RSA, "open sesame"),
            RSA,
            Alg.RS256),
        argumentSet(
            "text before the key", "Bag Attributes\n" + KeyFiles.pkcs8(RSA), RSA, Alg.RS256),
        argumentSet("CRLF line ends", KeyFiles.pkcs8(RSA).replace("\n", "\r\n"), RSA, Alg.RS256));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void readsAPrivateKeyInEveryForm(String pem, KeyPair pair, Alg alg) {
    var key = usable(pem);

    assertThat(key.alg()).isEqualTo(alg);
    assertThat(key.publicKey().getEncoded()).isEqualTo(pair.getPublic().getEncoded());
    assertThat(key.thumbprint()).isEqualTo(Thumbprint.of(key.publicKey()));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void signsTokensThatThePublicHalfVerifies(String pem, KeyPair pair, Alg alg) throws Exception {
    var key = usable(pem);
    var claims = "{\"sub\":\"x\"}".getBytes(US_ASCII);

    var parts = key.compactJws(5539, claims).split("\\.", -1);

    assertThat(new String(decoded(parts[0]), US_ASCII))
        .isEqualTo("{\"alg\":\"" + alg.jwsName() + "\",\"kid\":\"5539\",\"typ\":\"JWT\"}");
    assertThat(decoded(parts[1])).isEqualTo(claims);
    assertThat(
            alg.verify(
                key.publicKey(), (parts[0] + "." + parts[1]).getBytes(US_ASCII), decoded(parts[2])))
        .isTrue();
  }

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void readsWhatItGenerates(KeyType type) throws Exception {
    var random = new SecureRandom();

    assertThat(PemKeys.parse(NewPrivateKey.pem(type, Passphrase.none(), random), Passphrase.none()))
        .isInstanceOf(PemKeys.Usable.class);
  }

  static Stream<Arguments> formsOfMlDsa() {
    return Stream.of("ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
        .map(KeyType::named)
        .flatMap(Optional::stream)
        .flatMap(
            type ->
                Stream.of(MlDsaForm.values())
                    .map(form -> argumentSet(type + ", " + form, type, form)));
  }

  @ParameterizedTest
  @MethodSource("formsOfMlDsa")
  void readsMlDsaInTheThreeFormsOfRfc9881(KeyType type, MlDsaForm form) {
    var seed = new byte[32];
    Arrays.fill(seed, (byte) 5);

    var key = usable(form.pem(type, seed));

    assertThat(key.thumbprint()).isEqualTo(usable(MlDsaForm.SEED.pem(type, seed)).thumbprint());
    assertThat(MlDsaForm.verifies(type, seed, INPUT, key.sign(INPUT))).isTrue();
  }

  /// Its thumbprint is the one of RFC 9964's example, and known to be published.
  @Test
  void makesTheKeyOfAnExampleFromItsSeed() {
    assertThat(parse(MlDsaForm.SEED.pem(KeyType.ML_DSA_44, new byte[32])))
        .isEqualTo(
            new PemKeys.Unusable(
                PemKeys.Flaw.PUBLISHED_KEY,
                "an example that everybody knows: RFC 9964, A.1 (make a new key)"));
  }

  @Test
  void refusesAnMlDsaKeyWhoseTwoFormsDiffer() {
    var one = new byte[32];
    var other = new byte[32];
    other[0] = 1;

    assertThat(parse(MlDsaForm.both(KeyType.ML_DSA_65, one, other)))
        .isEqualTo(
            new PemKeys.Unusable(
                PemKeys.Flaw.DAMAGED,
                "private key: its seed and its expanded form are two keys (write it again)"));
  }

  @Test
  void encryptsWhatItGeneratesForARingWithAPassphrase() throws Exception {
    var pem = NewPrivateKey.pem(KeyType.P_256, PASSPHRASE, new SecureRandom());

    assertThat(new String(pem, US_ASCII)).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----");
    assertThat(PemKeys.parse(pem, PASSPHRASE)).isInstanceOf(PemKeys.Usable.class);
  }

  @Test
  void writesNoPlainKeyWhereThePassphraseCannotBeRead() {
    var missing = Passphrase.in(Path.of("/nonexistent/passphrase"));

    assertThatThrownBy(() -> NewPrivateKey.pem(KeyType.ED25519, missing, new SecureRandom()))
        .isInstanceOf(UnusableKeyException.class)
        .hasMessageContaining("/nonexistent/passphrase cannot be read");
  }

  @Test
  void showsNoKeyMaterialInItsText() {
    assertThat(usable(KeyFiles.pkcs8(ED25519)))
        .hasToString("FileKey[EdDSA, " + Thumbprint.of(ED25519.getPublic()) + "]");
    assertThat(PASSPHRASE).hasToString("Passphrase[SETTING, hidden]");
  }

  @Test
  void takesEveryBeginningOfAFileForAHalfWrittenOne() {
    var pem = KeyFiles.pkcs8(RSA);
    for (int length = 0; length < pem.strip().length(); length += 7) {
      assertThat(parse(pem.substring(0, length))).isInstanceOf(PemKeys.Incomplete.class);
    }
  }

  static Stream<Arguments> bombs() {
    return Stream.of(
        argumentSet("PBKDF2, rounds", EncryptionBombs.pbkdf2(Integer.MAX_VALUE)),
        argumentSet("PBKDF2, a round too many", EncryptionBombs.pbkdf2(1_000_001)),
        argumentSet("scrypt, N", EncryptionBombs.scrypt(1 << 30, 1, 1)),
        argumentSet("scrypt, r", EncryptionBombs.scrypt(2, Integer.MAX_VALUE, 1)),
        argumentSet("scrypt, p", EncryptionBombs.scrypt(16_384, 8, Integer.MAX_VALUE)),
        argumentSet("scrypt, a bit of each", EncryptionBombs.scrypt(16_384, 8, 3)));
  }

  /// Answers at once: a key file must not be able to hold up the thread that looks at all of them.
  @ParameterizedTest
  @MethodSource("bombs")
  @Timeout(value = 2, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void refusesWorkThatNobodyWouldDo(String pem) {
    assertThat(parse(pem))
        .isInstanceOfSatisfying(
            PemKeys.Unusable.class,
            unusable -> assertThat(unusable.flaw()).isEqualTo(PemKeys.Flaw.COSTLY_ENCRYPTION));
  }

  static Stream<Arguments> hostile() {
    var nested = new byte[48_000];
    for (int i = 0; i < nested.length; i += 2) {
      nested[i] = 0x30;
      nested[i + 1] = (byte) 0x80;
    }
    return Stream.of(
        argumentSet("PBKDF2, 2 GiB of key", EncryptionBombs.pbkdf2(1, Integer.MAX_VALUE)),
        argumentSet("ASN.1, 24000 deep", KeyFiles.pem("PRIVATE KEY", nested)),
        argumentSet("ASN.1, 24000 deep, in DER", new String(nested, ISO_8859_1)),
        argumentSet(
            "ASN.1, 4 GiB long",
            KeyFiles.pem("PRIVATE KEY", new byte[] {0x30, (byte) 0x84, -1, -1, -1, -1})),
        argumentSet("RSA, 200000 bits", KeyFiles.pem("PRIVATE KEY", BadKeys.longModulus())),
        argumentSet("a thousand keys", KeyFiles.pem("PRIVATE KEY", new byte[8]).repeat(1000)),
        argumentSet("a thousand beginnings", "-----BEGIN PRIVATE KEY-----\n".repeat(2000)));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  @Timeout(value = 5, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void survivesWhatNobodyWouldWrite(String file) {
    assertThat(PemKeys.parse(file.getBytes(ISO_8859_1), PASSPHRASE))
        .isNotInstanceOf(PemKeys.Usable.class);
  }

  private static FileKey usable(String pem) {
    assertThat(parse(pem)).isInstanceOf(PemKeys.Usable.class);
    return (FileKey) ((PemKeys.Usable) parse(pem)).key();
  }

  private static PemKeys.Parsed parse(String pem) {
    return PemKeys.parse(pem.getBytes(US_ASCII), PASSPHRASE);
  }

  private static byte[] decoded(String part) {
    return Base64.getUrlDecoder().decode(part);
  }
}
