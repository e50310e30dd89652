package org.rekey.verifier.token;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.rekey.proto.keystore.v1.KeyRetired.Cause.CAUSE_COMMAND;
import static org.rekey.verifier.fixture.LogWriter.DEVICEAUTH;
import static org.rekey.verifier.fixture.LogWriter.USERADM;
import static org.rekey.verifier.fixture.Token.NOW;
import static org.rekey.verifier.fixture.Token.encode;

import com.github.benmanes.caffeine.cache.Ticker;
import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSAEncrypter;
import com.nimbusds.jose.jwk.RSAKey;
import java.io.ByteArrayOutputStream;
import java.security.KeyPair;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.verifier.fixture.FixedKeys;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.fixture.TestKeys;
import org.rekey.verifier.fixture.Token;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.CryptoProvider;
import org.rekey.verifier.map.KeyState;
import org.rekey.verifier.map.Purpose;

/// The attacks that a token can carry, one by one, in the groups of the list of attacks.
class TokenVerifierTest {
  private static final long RSA = 0;
  private static final long ES256 = 256;
  private static final long ES384 = 384;
  private static final long EDDSA = 5539;

  private final LogWriter log = new LogWriter();
  private final FixedKeys keys;
  private final TokenVerifier verifier;
  private final Token token = Token.user(Alg.RS256, RSA);

  TokenVerifierTest() {
    log.added(USERADM, RSA, TestKeys.rsa());
    log.activated(USERADM, RSA);
    log.added(USERADM, ES256, TestKeys.ec("secp256r1"));
    log.added(USERADM, ES384, TestKeys.ec("secp384r1"));
    log.added(USERADM, 521, TestKeys.ec("secp521r1"));
    log.added(USERADM, EDDSA, TestKeys.ed25519());
    log.added(USERADM, 44, TestKeys.of(Alg.ML_DSA_44));
    log.added(USERADM, 65, TestKeys.of(Alg.ML_DSA_65));
    log.added(USERADM, 87, TestKeys.of(Alg.ML_DSA_87));
    log.added(DEVICEAUTH, 0, TestKeys.rsa("device"));
    keys = new FixedKeys(log.map());
    verifier = new TokenVerifier(keys, TokenVerifierConfig.defaults());
  }

  private Check check(byte[] bytes) {
    return verifier.check(USERADM, bytes, NOW);
  }

  private Check checkDevice(byte[] bytes) {
    return verifier.check(DEVICEAUTH, bytes, NOW);
  }

  private void refuses(byte[] bytes, Reason reason) {
    assertThat(check(bytes)).isEqualTo(new Check.Refused(reason));
  }

  private void accepts(byte[] bytes) {
    assertThat(check(bytes)).isInstanceOf(Check.Verified.class);
  }

  private byte[] good() {
    return token.signed(TestKeys.rsa());
  }

  private static long kidOf(Alg alg) {
    return switch (alg) {
      case RS256 -> RSA;
      case ES256 -> ES256;
      case ES384 -> ES384;
      case ES512 -> 521;
      case EDDSA -> EDDSA;
      case ML_DSA_44 -> 44;
      case ML_DSA_65 -> 65;
      case ML_DSA_87 -> 87;
    };
  }

  private Token es256() {
    return Token.user(Alg.ES256, ES256);
  }

  @Nested
  class GoodTokens {

    @ParameterizedTest
    @EnumSource(Alg.class)
    void verifyUnderKeysOfEveryKindInOneRing(Alg alg) {
      accepts(Token.user(alg, kidOf(alg)).signed(TestKeys.of(alg)));
    }

    @ParameterizedTest
    @EnumSource(Alg.class)
    void getNoVerdictFromAVerifierThatLeavesTheirAlgOut(Alg alg) {
      var crypto = CryptoProvider.preferred().without(List.of(alg));
      var fewer =
          new TokenVerifier(keys, TokenVerifierConfig.defaults(), crypto, Ticker.systemTicker());

      assertThat(fewer.check(USERADM, Token.user(alg, kidOf(alg)).signed(TestKeys.of(alg)), NOW))
          .isEqualTo(new Check.Unavailable("not checked here: " + alg.jwsName()));
    }

    @ParameterizedTest
    @EnumSource(value = Alg.class, mode = EnumSource.Mode.MATCH_ALL, names = "ML_DSA.*")
    void ofTheLongestSignaturesStayFarBelowTheLimit(Alg alg) {
      assertThat(Token.user(alg, kidOf(alg)).signed(TestKeys.of(alg)).length).isLessThan(7000);
    }

    @Test
    void tellWhoTheyAre() {
      assertThat(check(good()))
          .isInstanceOfSatisfying(
              Check.Verified.class,
              verified -> {
                assertThat(verified.claims())
                    .isEqualTo(
                        new Claims(
                            "mender.useradm",
                            "u1",
                            "a1b2",
                            Purpose.USER,
                            NOW,
                            NOW.plusSeconds(3600),
                            null));
                assertThat(verified.key().kid()).isEqualTo(RSA);
                assertThat(verified.key().state()).isEqualTo(KeyState.ACTIVE);
              });
    }

    @Test
    void ofDevicesVerifyAsMenderWritesThem() {
      assertThat(checkDevice(Token.device(Alg.RS256).signed(TestKeys.rsa("device"))))
          .isInstanceOfSatisfying(
              Check.Verified.class,
              verified -> {
                assertThat(verified.claims().subject()).isEqualTo("d1");
                assertThat(verified.claims().purpose()).isEqualTo(Purpose.DEVICE);
              });
    }

    @Test
    void mayNeverExpire() {
      var exp = "\"exp\":%d,".formatted(NOW.getEpochSecond() + 3600);

      assertThat(check(token.claims(exp, "").signed(TestKeys.rsa())))
          .isInstanceOfSatisfying(
              Check.Verified.class, verified -> assertThat(verified.claims().expiresAt()).isNull());
    }

    @Test
    void verifyUnderEveryProvider() {
      for (var provider : List.of(CryptoProvider.jdk(), CryptoProvider.preferred())) {
        var forced =
            new TokenVerifier(
                keys, TokenVerifierConfig.defaults(), provider, Ticker.systemTicker());

        assertThat(forced.check(USERADM, good(), NOW)).isInstanceOf(Check.Verified.class);
        assertThat(forced.check(USERADM, es256().signed(TestKeys.ec("secp256r1")), NOW))
            .isInstanceOf(Check.Verified.class);
        assertThat(
                forced.check(USERADM, Token.user(Alg.EDDSA, EDDSA).signed(TestKeys.ed25519()), NOW))
            .isInstanceOf(Check.Verified.class);
      }
    }

    @Test
    void areNotChanged() {
      var bytes = good();
      var copy = bytes.clone();

      check(bytes);

      assertThat(bytes).isEqualTo(copy);
    }
  }

  @Nested
  class AlgAttacks {

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "NONE", "nOnE", " none", "none ", ""})
    void noneIsRefusedInEverySpelling(String alg) {
      var unsigned = token.header("RS256", alg);

      refuses(unsigned.withSignature(new byte[0]), Reason.ALG_MISMATCH);
      refuses(unsigned.withSignature(new byte[256]), Reason.ALG_MISMATCH);
      refuses(unsigned.signed(TestKeys.rsa(), Alg.RS256), Reason.ALG_MISMATCH);
    }

    @Test
    void anEmptySignatureIsRefused() {
      refuses(token.withSignature(new byte[0]), Reason.BAD_SIGNATURE);
    }

    @Test
    void missingAlgIsRefused() {
      refuses(token.header("\"alg\":\"RS256\",", "").signed(TestKeys.rsa()), Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "1", "true", "[\"RS256\"]", "{\"RS256\":1}"})
    void algThatIsNoStringIsRefused(String json) {
      refuses(token.header("\"RS256\"", json).signed(TestKeys.rsa()), Reason.MALFORMED);
    }

    static Stream<byte[]> publicKeyAsSecret() throws Exception {
      var key = TestKeys.rsa().getPublic();
      var pem =
          "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
              .formatted(
                  Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded()));
      var jwk = new RSAKey.Builder((RSAPublicKey) key).build();
      return Stream.of(
          pem.getBytes(UTF_8),
          pem.strip().getBytes(UTF_8),
          (" \n" + pem).getBytes(UTF_8),
          key.getEncoded(),
          jwk.toJSONString().getBytes(UTF_8),
          jwk.getModulus().decode(),
          new byte[] {0});
    }

    @ParameterizedTest
    @MethodSource("publicKeyAsSecret")
    void thePublicKeyIsNoSecretForHs256(byte[] secret) throws Exception {
      var hs256 = token.header("RS256", "HS256");
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));

      refuses(
          hs256.withSignature(mac.doFinal(hs256.signingInput().getBytes(UTF_8))),
          Reason.ALG_MISMATCH);
      refuses(
          token.withSignature(mac.doFinal(token.signingInput().getBytes(UTF_8))),
          Reason.BAD_SIGNATURE);
    }

    @ParameterizedTest
    @EnumSource(Alg.class)
    void theKeyDecidesTheAlgAndNotTheHeader(Alg claimed) {
      var bytes = token.header("RS256", claimed.jwsName()).signed(TestKeys.of(claimed), claimed);

      if (claimed == Alg.RS256) {
        accepts(bytes);
      } else {
        refuses(bytes, Reason.ALG_MISMATCH);
      }
    }

    @Test
    void es384UnderAP256KeyIsRefused() {
      refuses(
          es256().header("ES256", "ES384").signed(TestKeys.ec("secp384r1"), Alg.ES384),
          Reason.ALG_MISMATCH);
    }

    @Test
    void theNewNameEd25519IsNotTheAlgThatTheKeyIsPinnedTo() {
      refuses(
          Token.user(Alg.EDDSA, EDDSA)
              .header("EdDSA", "Ed25519")
              .signed(TestKeys.ed25519(), Alg.EDDSA),
          Reason.ALG_MISMATCH);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PS256", "RS1", "RS512", "rs256", "RS256 ", "RS256\\u0000", "ES256K"})
    void relativesOfTheAlgAreRefused(String alg) {
      refuses(token.header("RS256", alg).signed(TestKeys.rsa(), Alg.RS256), Reason.ALG_MISMATCH);
    }
  }

  @Nested
  class SignatureAttacks {

    @Test
    void psychicSignaturesAreRefused() {
      refuses(es256().withSignature(new byte[64]), Reason.BAD_SIGNATURE);
    }

    @Test
    void aSignatureOfOtherClaimsIsRefused() {
      var other = new String(token.claims("u1", "u2").signed(TestKeys.rsa()), ISO_8859_1);
      var signature = other.substring(other.lastIndexOf('.') + 1);

      refuses((token.signingInput() + "." + signature).getBytes(UTF_8), Reason.BAD_SIGNATURE);
    }

    @Test
    void everyFlippedCharacterIsRefused() {
      var bytes = good();
      for (int i = 0; i < bytes.length; i++) {
        var flipped = bytes.clone();
        flipped[i] = (byte) (flipped[i] == 'A' ? 'B' : 'A');

        assertThat(check(flipped)).isNotInstanceOf(Check.Verified.class);
      }
    }

    @Test
    void ecdsaInDerOrOfOddLengthIsRefused() throws Exception {
      var der = Signature.getInstance("SHA256withECDSA");
      der.initSign(TestKeys.ec("secp256r1").getPrivate());
      der.update(es256().signingInput().getBytes(UTF_8));

      refuses(es256().withSignature(der.sign()), Reason.BAD_SIGNATURE);
      refuses(es256().withSignature(new byte[63]), Reason.BAD_SIGNATURE);
      refuses(es256().withSignature(new byte[65]), Reason.BAD_SIGNATURE);
    }

    @Test
    void anotherKeyOfTheSameRingIsNotTheKeyOfThisKid() {
      log.added(USERADM, 9, TestKeys.rsa("nine"));
      keys.set(log.map());

      refuses(token.signed(TestKeys.rsa("nine")), Reason.BAD_SIGNATURE);
      accepts(Token.user(Alg.RS256, 9).signed(TestKeys.rsa("nine")));
    }

    @Test
    void aStrangersKeyIsRefused() {
      refuses(token.signed(TestKeys.rsa("stranger")), Reason.BAD_SIGNATURE);
    }
  }

  @Nested
  class HeaderAttacks {

    static Stream<String> keysThatComeAlong() throws Exception {
      var evil = new RSAKey.Builder((RSAPublicKey) TestKeys.rsa("stranger").getPublic()).build();
      return Stream.of(
          "\"jwk\":" + evil.toJSONString(),
          "\"jku\":\"https://evil.example/jwks.json\"",
          "\"x5u\":\"https://evil.example/cert.pem\"",
          "\"x5c\":[\"MIIB\"]",
          "\"x5t\":\"abc\"");
    }

    @ParameterizedTest
    @MethodSource("keysThatComeAlong")
    void keysThatComeWithTheTokenAreNeverUsed(String member) {
      var along = token.header("\"typ\"", member + ",\"typ\"");

      refuses(along.signed(TestKeys.rsa("stranger")), Reason.BAD_SIGNATURE);
      accepts(along.signed(TestKeys.rsa()));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "\"crit\":[\"exp\"]",
          "\"crit\":[\"b64\"],\"b64\":false",
          "\"crit\":[]",
          "\"crit\":null",
          "\"b64\":false",
          "\"b64\":true",
          "\"zip\":\"DEF\""
        })
    void extensionsThatMayNotBeIgnoredAreRefused(String member) {
      refuses(
          token.header("\"typ\"", member + ",\"typ\"").signed(TestKeys.rsa()),
          Reason.UNSUPPORTED_HEADER);
    }

    @Test
    void anUnencodedPayloadIsRefused() {
      var header = "{\"alg\":\"RS256\",\"b64\":false,\"crit\":[\"b64\"],\"kid\":\"0\"}";
      var bytes =
          Token.signed(TestKeys.rsa(), Alg.RS256, encode(header.getBytes(UTF_8)), token.claims());

      refuses(bytes, Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"JWT", "jwt", "Jwt"})
    void typJwtIsTakenInEverySpelling(String typ) {
      accepts(token.header("JWT", typ).signed(TestKeys.rsa()));
    }

    @Test
    void typMayBeMissing() {
      accepts(token.header(",\"typ\":\"JWT\"", "").signed(TestKeys.rsa()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"at+jwt", "logout+jwt", "JOSE", "", "J\\u0057T2"})
    void tokensOfAnotherTypeAreRefused(String typ) {
      refuses(token.header("JWT", typ).signed(TestKeys.rsa()), Reason.UNSUPPORTED_HEADER);
    }

    @Test
    void typThatIsNoStringIsRefused() {
      refuses(token.header("\"JWT\"", "1").signed(TestKeys.rsa()), Reason.MALFORMED);
    }
  }

  @Nested
  class NestingAttacks {

    @Test
    void anEncryptedTokenIsRefusedWhateverItWraps() throws Exception {
      for (var inside :
          List.of(token.claims(), new String(good(), ISO_8859_1), "eyJhbGciOiJub25lIn0.e30.")) {
        var jwe =
            new JWEObject(
                new JWEHeader.Builder(JWEAlgorithm.RSA_OAEP_256, EncryptionMethod.A128GCM)
                    .contentType("JWT")
                    .keyID("0")
                    .build(),
                new Payload(inside));
        jwe.encrypt(new RSAEncrypter((RSAPublicKey) TestKeys.rsa().getPublic()));

        refuses(jwe.serialize().getBytes(UTF_8), Reason.MALFORMED);
      }
    }

    @Test
    void rawJsonIsRefused() {
      refuses(token.claims().getBytes(UTF_8), Reason.MALFORMED);
      refuses("{\"payload\":\"e30\",\"signatures\":[]}".getBytes(UTF_8), Reason.MALFORMED);
    }

    @Test
    void aTokenInATokenIsRefused() {
      var nested = token.withClaims(new String(good(), ISO_8859_1));

      refuses(nested.signed(TestKeys.rsa()), Reason.MALFORMED);
      refuses(
          nested.header("\"typ\"", "\"cty\":\"JWT\",\"typ\"").signed(TestKeys.rsa()),
          Reason.MALFORMED);
    }
  }

  @Nested
  class KidAttacks {

    @Test
    void kidAsAStringANumberOrNoneAreAllUnderstood() {
      accepts(Token.user(Alg.EDDSA, EDDSA).signed(TestKeys.ed25519()));
      accepts(Token.user(Alg.EDDSA, EDDSA).header("\"5539\"", "5539").signed(TestKeys.ed25519()));
      accepts(token.header("\"0\"", "0").signed(TestKeys.rsa()));
      accepts(token.header("\"kid\":\"0\",", "").signed(TestKeys.rsa()));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "\"../../../../dev/null\"",
          "\"/etc/useradm/rsa/private.pem\"",
          "\"0\\u0000\"",
          "\"\\u00000\"",
          "\"0' OR '1'='1\"",
          "\"0 UNION SELECT 'key'\"",
          "\"*)(uid=*\"",
          "\"0;sleep 5\"",
          "\"$(id)\"",
          "\"|id\"",
          "\"\\uff10\"",
          "\"\\u0660\"",
          "\"\\u0030\\u200b\"",
          "\"00\"",
          "\"05539\"",
          "\"+0\"",
          "\"-0\"",
          "\"-1\"",
          "\"0x0\"",
          "\"0.0\"",
          "\"1e3\"",
          "\" 0\"",
          "\"0 \"",
          "\"0\\n\"",
          "\"\"",
          "\"9223372036854775808\"",
          "\"99999999999999999999\"",
          "-1",
          "-0",
          "0.0",
          "5539.0",
          "5539.5",
          "55390e-1",
          "1e400",
          "9223372036854775808",
          "123456789012345678901234567890",
          "null",
          "true",
          "[]",
          "[0]",
          "{}",
          "{\"0\":0}",
          "NaN",
          "0x0",
          "00"
        })
    void everythingElseIsMalformed(String kid) {
      refuses(token.header("\"0\"", kid).signed(TestKeys.rsa()), Reason.MALFORMED);
    }

    @Test
    void aKidOfTenKilobytesIsMalformed() {
      refuses(
          token.header("\"0\"", "\"" + "0".repeat(10_240) + "\"").signed(TestKeys.rsa()),
          Reason.MALFORMED);
      refuses(token.header("\"0\"", "1".repeat(4096)).signed(TestKeys.rsa()), Reason.MALFORMED);
    }

    @Test
    void theGreatestKidIsOnlyUnknown() {
      assertThat(check(token.header("\"0\"", "9223372036854775807").signed(TestKeys.rsa())))
          .isEqualTo(new Check.UnknownKid(Long.MAX_VALUE));
    }

    @Test
    void aKidThatIsNotKnownIsNotYetRefused() {
      assertThat(check(Token.user(Alg.RS256, 77).signed(TestKeys.rsa())))
          .isEqualTo(new Check.UnknownKid(77));
    }
  }

  @Nested
  class ParserAttacks {

    @Test
    void duplicateMembersAreRefused() {
      refuses(
          token
              .header("\"alg\":\"RS256\"", "\"alg\":\"none\",\"alg\":\"RS256\"")
              .signed(TestKeys.rsa()),
          Reason.MALFORMED);
      refuses(
          token.header("\"kid\":\"0\"", "\"kid\":\"1\",\"kid\":\"0\"").signed(TestKeys.rsa()),
          Reason.MALFORMED);
      refuses(
          token.header("\"kid\":\"0\"", "\"k\\u0069d\":\"1\",\"kid\":\"0\"").signed(TestKeys.rsa()),
          Reason.MALFORMED);
      refuses(
          token.claims("\"sub\":\"u1\"", "\"sub\":\"u1\",\"sub\":\"u2\"").signed(TestKeys.rsa()),
          Reason.MALFORMED);
      refuses(
          token
              .claims("\"sub\":\"u1\"", "\"sub\":\"u1\",\"x\":{\"a\":1,\"a\":2}")
              .signed(TestKeys.rsa()),
          Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"=", "==", " ", "\n", "\r\n", "\t", "\0", "%3D", "+", "/", "é"})
    void noPartMayHoldAnythingButBase64url(String extra) {
      var parts = new String(good(), ISO_8859_1).split("\\.", -1);
      for (int i = 0; i < 3; i++) {
        for (var with : List.of(parts[i] + extra, extra + parts[i])) {
          var changed = parts.clone();
          changed[i] = with;

          refuses(String.join(".", changed).getBytes(UTF_8), Reason.MALFORMED);
        }
      }
    }

    @Test
    void otherSpellingsOfTheSameBytesAreRefused() {
      var edToken = new String(Token.user(Alg.EDDSA, EDDSA).signed(TestKeys.ed25519()), ISO_8859_1);
      var alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
      var last = alphabet.indexOf(edToken.charAt(edToken.length() - 1));
      accepts(edToken.getBytes(UTF_8));

      for (int bits = 1; bits < 16; bits++) {
        var respelled =
            edToken.substring(0, edToken.length() - 1) + alphabet.charAt((last & 0x30) | bits);

        refuses(respelled.getBytes(UTF_8), Reason.MALFORMED);
      }
    }

    @Test
    void paddingIsRefusedEvenWhereItWouldBeRight() {
      var padded =
          Base64.getUrlEncoder().encodeToString(token.claims("u1", "u12").claims().getBytes(UTF_8));
      var padded2 =
          Base64.getUrlEncoder()
              .encodeToString(token.claims("u1", "u123").claims().getBytes(UTF_8));
      var header = encode(token.header().getBytes(UTF_8));
      assertThat(List.of(padded, padded2)).anyMatch(text -> text.endsWith("="));

      for (var claims : List.of(padded, padded2)) {
        var bytes = Token.signed(TestKeys.rsa(), Alg.RS256, header, claims);
        assertThat(check(bytes) instanceof Check.Verified).isEqualTo(!claims.endsWith("="));
      }
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() {
      var broken =
          List.of(
              new byte[] {(byte) 0xff},
              new byte[] {(byte) 0xc0, (byte) 0x80},
              new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
              new byte[] {(byte) 0xf5, (byte) 0x80, (byte) 0x80, (byte) 0x80},
              new byte[] {(byte) 0xe2, (byte) 0x82});
      for (var bytes : broken) {
        var claims = new ByteArrayOutputStream();
        claims.writeBytes("{\"x\":\"".getBytes(UTF_8));
        claims.writeBytes(bytes);
        claims.writeBytes(("\"," + token.claims().substring(1)).getBytes(UTF_8));

        refuses(
            signedBytes(token.header().getBytes(UTF_8), claims.toByteArray()), Reason.MALFORMED);
      }
    }

    @Test
    void otherEncodingsOfUnicodeAreRefused() {
      var header = token.header();
      refuses(
          signedBytes(header.getBytes(UTF_16BE), token.claims().getBytes(UTF_8)), Reason.MALFORMED);
      refuses(
          signedBytes(header.getBytes(UTF_8), token.claims().getBytes(UTF_16BE)), Reason.MALFORMED);
      refuses(
          signedBytes(("\ufeff" + header).getBytes(UTF_8), token.claims().getBytes(UTF_8)),
          Reason.MALFORMED);
      refuses(
          signedBytes(header.getBytes(UTF_8), ("\ufeff" + token.claims()).getBytes(UTF_8)),
          Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "{}", ",", "]", "}", "null", "//", "/**/", "\0"})
    void trailingBytesAreRefused(String extra) {
      refuses(token.withClaims(token.claims() + extra).signed(TestKeys.rsa()), Reason.MALFORMED);
      refuses(token.withHeader(token.header() + extra).signed(TestKeys.rsa()), Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "[]",
          "null",
          "1",
          "\"text\"",
          "{",
          "{\"a\"}",
          "{\"a\":}",
          "{\"a\":1,}",
          "{a:1}",
          "{'a':1}",
          "{\"a\":1 /* */}",
          "{\"a\":NaN}",
          "{\"a\":01}",
          "{\"a\":+1}",
          "{\"a\":.5}",
          "{\"a\":\"\\x\"}",
          "{\"a\":\"\n\"}",
          "{\"a\":tru}",
          "{\"a\":\"b}",
          "{\"a\":[1}",
          " {\"alg\":\"RS256\"}"
        })
    void whatIsNotOneJsonObjectIsRefused(String json) {
      refuses(token.withClaims(json).signed(TestKeys.rsa()), Reason.MALFORMED);
      refuses(token.withHeader(json).signed(TestKeys.rsa(), Alg.RS256), Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          ".",
          "..",
          "...",
          "a",
          "a.b",
          "a.b.c",
          "a.b.c.d",
          "a.b.c.d.e",
          ".e30.",
          "e30..",
          "e30.e30.",
          "..a"
        })
    void whatIsNotThreePartsIsRefused(String text) {
      refuses(text.getBytes(UTF_8), Reason.MALFORMED);
    }

    @Test
    void aSchemeOrQuotesAroundTheTokenAreRefused() {
      var text = new String(good(), ISO_8859_1);
      for (var wrapped :
          List.of(
              "Bearer " + text,
              "\"" + text + "\"",
              text + ".",
              "." + text,
              text + "\n",
              text + "," + text)) {
        refuses(wrapped.getBytes(UTF_8), Reason.MALFORMED);
      }
    }

    private byte[] signedBytes(byte[] header, byte[] claims) {
      return Token.signed(TestKeys.rsa(), Alg.RS256, encode(header), encode(claims));
    }
  }

  @Nested
  class FloodAttacks {

    @Test
    void aTokenOfAMegabyteIsRefusedUnread() {
      var huge = new byte[1 << 20];
      Arrays.fill(huge, (byte) 'A');

      refuses(huge, Reason.MALFORMED);
    }

    @Test
    void theLimitIs12288Bytes() {
      var padding = "\"x\":\"" + "y".repeat(12288 * 3 / 4 - 800) + "\",";
      var fits = token.claims("\"sub\"", padding + "\"sub\"").signed(TestKeys.rsa());
      var over = Arrays.copyOf(good(), 12289);
      Arrays.fill(over, good().length, over.length, (byte) 'A');

      assertThat(fits.length).isBetween(11_500, 12_288);
      accepts(fits);
      refuses(over, Reason.MALFORMED);
    }

    @Test
    void hugeIterationCountsAreNeverUsed() {
      refuses(
          token
              .header("RS256", "PBES2-HS256+A128KW")
              .header("\"typ\"", "\"p2c\":2147483647,\"p2s\":\"AAAA\",\"enc\":\"A128GCM\",\"typ\"")
              .signed(TestKeys.rsa(), Alg.RS256),
          Reason.ALG_MISMATCH);
    }

    @Test
    void compressedPayloadsAreNotInflated() throws Exception {
      var bomb = new ByteArrayOutputStream();
      try (var deflate = new DeflaterOutputStream(bomb, new Deflater(9, true))) {
        deflate.write(new byte[4 << 20]);
      }
      var bytes =
          Token.signed(
              TestKeys.rsa(),
              Alg.RS256,
              encode("{\"alg\":\"RS256\",\"kid\":\"0\",\"zip\":\"DEF\"}".getBytes(UTF_8)),
              encode(bomb.toByteArray()));

      refuses(bytes, Reason.UNSUPPORTED_HEADER);
    }

    @Test
    void deepJsonIsRefused() {
      var deep = "[".repeat(2500) + "]".repeat(2500);
      var deepObject = "{\"a\":".repeat(800) + "1" + "}".repeat(800);

      refuses(
          token.claims("\"sub\"", "\"x\":" + deep + ",\"sub\"").signed(TestKeys.rsa()),
          Reason.MALFORMED);
      refuses(
          token.header("\"typ\"", "\"x\":" + deep + ",\"typ\"").signed(TestKeys.rsa()),
          Reason.MALFORMED);
      refuses(
          token.claims("\"sub\"", "\"x\":" + deepObject + ",\"sub\"").signed(TestKeys.rsa()),
          Reason.MALFORMED);
    }

    @Test
    void longNumbersAreRefused() {
      refuses(
          token.claims("\"sub\"", "\"x\":" + "9".repeat(4000) + ",\"sub\"").signed(TestKeys.rsa()),
          Reason.MALFORMED);
    }

    @Test
    void claimsAreNotReadBeforeTheSignatureIsGood() {
      refuses(
          token.withClaims("[".repeat(2000)).withSignature(new byte[256]), Reason.BAD_SIGNATURE);
    }
  }

  @Nested
  class TimeAttacks {

    private Check at(Instant now) {
      return verifier.check(USERADM, good(), now);
    }

    @Test
    void aTokenIsDeadAtTheVerySecondOfItsExpiry() {
      assertThat(at(NOW.plusSeconds(3600).minusNanos(1))).isInstanceOf(Check.Verified.class);
      assertThat(at(NOW.plusSeconds(3600))).isEqualTo(new Check.Refused(Reason.EXPIRED));
      assertThat(at(NOW.plusSeconds(360_000))).isEqualTo(new Check.Refused(Reason.EXPIRED));
    }

    @Test
    void aRememberedSignatureDoesNotKeepATokenAlive() {
      assertThat(at(NOW)).isInstanceOf(Check.Verified.class);
      assertThat(at(NOW)).isInstanceOf(Check.Verified.class);
      assertThat(at(NOW.plusSeconds(3600))).isEqualTo(new Check.Refused(Reason.EXPIRED));
    }

    @Test
    void nbfMayBeAheadByTheSkewAndNoMore() {
      assertThat(at(NOW.minusSeconds(60))).isInstanceOf(Check.Verified.class);
      assertThat(at(NOW.minusSeconds(60).minusNanos(1)))
          .isEqualTo(new Check.Refused(Reason.NOT_YET_VALID));
    }

    @Test
    void aTokenThatExpiredWhenItWasMadeIsRefused() {
      refuses(exp(NOW.getEpochSecond()), Reason.EXPIRED);
      refuses(exp(0), Reason.EXPIRED);
      refuses(exp(-1), Reason.EXPIRED);
      refuses(exp(Long.MIN_VALUE), Reason.EXPIRED);
    }

    @Test
    void expiryBeyondTheYear9999IsRefused() {
      accepts(exp(253_402_300_799L));
      refuses(exp(253_402_300_800L), Reason.BAD_CLAIMS);
      refuses(exp(Long.MAX_VALUE), Reason.BAD_CLAIMS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"exp", "nbf", "iat"})
    void timesThatAreNoIntegersAreRefused(String claim) {
      for (var value :
          List.of(
              "\"9999999999\"",
              "9999999999.5",
              "9.9e9",
              "null",
              "true",
              "[]",
              "{}",
              "99999999999999999999")) {
        refuses(
            token
                .claims(
                    "\"" + claim + "\":", "\"" + claim + "\":" + value + ",\"was_" + claim + "\":")
                .signed(TestKeys.rsa()),
            Reason.BAD_CLAIMS);
      }
    }

    @Test
    void nbfAndIatMayBeMissing() {
      accepts(
          token
              .claims(",\"nbf\":" + NOW.getEpochSecond(), "")
              .claims("\"iat\":" + NOW.getEpochSecond() + ",", "")
              .signed(TestKeys.rsa()));
    }

    @Test
    void nbfFarBackIsTaken() {
      accepts(nbf("-62135596800"));
      accepts(nbf(Long.toString(Long.MIN_VALUE)));
      refuses(nbf(Long.toString(Long.MAX_VALUE)), Reason.NOT_YET_VALID);
    }

    private byte[] nbf(String seconds) {
      return token
          .claims("\"nbf\":" + NOW.getEpochSecond(), "\"nbf\":" + seconds)
          .signed(TestKeys.rsa());
    }

    private byte[] exp(long seconds) {
      return token
          .claims("\"exp\":" + (NOW.getEpochSecond() + 3600), "\"exp\":" + seconds)
          .signed(TestKeys.rsa());
    }
  }

  @Nested
  class KeyAttacks {
    private final KeyPair deviceKey = TestKeys.rsa("device");

    @Test
    void aDeviceTokenIsNoUserToken() {
      refuses(Token.device(Alg.RS256).signed(deviceKey), Reason.BAD_SIGNATURE);
      refuses(
          Token.device(Alg.RS256).claims("\"Mender\"", "\"mender.useradm\"").signed(TestKeys.rsa()),
          Reason.WRONG_PURPOSE);
    }

    @Test
    void aUserTokenIsNoDeviceToken() {
      assertThat(checkDevice(good())).isEqualTo(new Check.Refused(Reason.BAD_SIGNATURE));
      assertThat(checkDevice(token.claims("mender.useradm", "Mender").signed(deviceKey)))
          .isEqualTo(new Check.Refused(Reason.WRONG_PURPOSE));
    }

    @Test
    void aKeyVouchesForNoOtherIssuer() {
      refuses(token.claims("mender.useradm", "Mender").signed(TestKeys.rsa()), Reason.WRONG_ISSUER);
      refuses(
          token.claims("mender.useradm", "mender.useradm ").signed(TestKeys.rsa()),
          Reason.WRONG_ISSUER);
      refuses(
          token.claims("mender.useradm", "MENDER.USERADM").signed(TestKeys.rsa()),
          Reason.WRONG_ISSUER);
      refuses(token.claims("mender.useradm", "").signed(TestKeys.rsa()), Reason.WRONG_ISSUER);
    }

    @Test
    void whoIsBothUserAndDeviceIsNeither() {
      refuses(
          token
              .claims("\"mender.user\":true", "\"mender.user\":true,\"mender.device\":true")
              .signed(TestKeys.rsa()),
          Reason.WRONG_PURPOSE);
      assertThat(
              checkDevice(
                  Token.device(Alg.RS256)
                      .claims(
                          "\"mender.device\":true", "\"mender.device\":true,\"mender.user\":true")
                      .signed(deviceKey)))
          .isEqualTo(new Check.Refused(Reason.WRONG_PURPOSE));
      accepts(
          token
              .claims("\"mender.user\":true", "\"mender.user\":true,\"mender.device\":false")
              .signed(TestKeys.rsa()));
    }

    @Test
    void whoIsNoUserIsRefused() {
      refuses(
          token.claims("\"mender.user\":true,", "").signed(TestKeys.rsa()), Reason.WRONG_PURPOSE);
      refuses(
          token.claims("\"mender.user\":true", "\"mender.user\":false").signed(TestKeys.rsa()),
          Reason.WRONG_PURPOSE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"true\"", "1", "null", "[true]", "{}"})
    void flagsThatAreNotBooleanAreRefused(String value) {
      refuses(
          token.claims("\"mender.user\":true", "\"mender.user\":" + value).signed(TestKeys.rsa()),
          Reason.BAD_CLAIMS);
      refuses(
          token
              .claims("\"mender.user\":true", "\"mender.user\":true,\"mender.device\":" + value)
              .signed(TestKeys.rsa()),
          Reason.BAD_CLAIMS);
    }

    @Test
    void theScopeMustBeTheOneThatThereIs() {
      refuses(
          token.claims("mender.*", "mender.inventory").signed(TestKeys.rsa()), Reason.WRONG_SCOPE);
      refuses(
          token.claims("mender.*", "mender.* admin").signed(TestKeys.rsa()), Reason.WRONG_SCOPE);
      refuses(
          token.claims("\"mender.*\"", "[\"mender.*\"]").signed(TestKeys.rsa()), Reason.BAD_CLAIMS);
      refuses(token.claims("\"scp\":\"mender.*\",", "").signed(TestKeys.rsa()), Reason.BAD_CLAIMS);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"\"\"", "null", "1", "[]", "{}", "\"u\\u00001\"", "\"u\\n1\"", "\"\\ud800\""})
    void idsMustBeOrdinaryText(String value) {
      refuses(
          token.claims("\"sub\":\"u1\"", "\"sub\":" + value).signed(TestKeys.rsa()),
          Reason.BAD_CLAIMS);
      refuses(
          token.claims("\"jti\":\"a1b2\"", "\"jti\":" + value).signed(TestKeys.rsa()),
          Reason.BAD_CLAIMS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"iss\":\"mender.useradm\",", "\"sub\":\"u1\",", "\"jti\":\"a1b2\","})
    void idsMustBeThere(String member) {
      refuses(token.claims(member, "").signed(TestKeys.rsa()), Reason.BAD_CLAIMS);
    }

    @Test
    void longIdsAreRefused() {
      refuses(token.claims("u1", "u".repeat(257)).signed(TestKeys.rsa()), Reason.BAD_CLAIMS);
    }

    @Test
    void keysForArtifactsSignNoTokens() {
      log.added("artifact", 0, TestKeys.rsa("artifact"));
      keys.set(log.map());

      assertThat(verifier.check("artifact", token.signed(TestKeys.rsa("artifact")), NOW))
          .isEqualTo(new Check.Refused(Reason.WRONG_PURPOSE));
    }

    @Test
    void aRingThatDoesNotExistIsAMistakeOfTheCaller() {
      assertThatThrownBy(() -> verifier.check("root", good(), NOW))
          .hasMessage("ring: root (expected: useradm, deviceauth or artifact)");
    }
  }

  @Nested
  class KeyStates {

    @Test
    void announcedActiveAndVerifyOnlyKeysVerify() {
      accepts(Token.user(Alg.EDDSA, EDDSA).signed(TestKeys.ed25519()));
      log.activated(USERADM, EDDSA);
      keys.set(log.map());
      assertThat(keys.map().find(USERADM, RSA).orElseThrow().state())
          .isEqualTo(KeyState.VERIFY_ONLY);

      accepts(good());
      accepts(Token.user(Alg.EDDSA, EDDSA).signed(TestKeys.ed25519()));
    }

    @Test
    void aRetiredKeyEndsItsTokensAtOnceRememberedOrNot() {
      accepts(good());
      log.retired(USERADM, RSA, CAUSE_COMMAND);
      keys.set(log.map());

      refuses(good(), Reason.KEY_RETIRED);
    }

    @Test
    void aCompromisedKeyEndsItsTokensAtOnceRememberedOrNot() {
      accepts(good());
      log.compromised(USERADM, RSA);
      keys.set(log.map());

      refuses(good(), Reason.KEY_COMPROMISED);
    }
  }

  @Nested
  class SignatureMemoryAttacks {

    @Test
    void aBadSignatureIsNeverRemembered() {
      var forged = token.withSignature(new byte[256]);

      refuses(forged, Reason.BAD_SIGNATURE);
      refuses(forged, Reason.BAD_SIGNATURE);
    }

    @Test
    void aGoodTokenDoesNotVouchForItsNeighbours() {
      accepts(good());

      refuses(token.claims("u1", "u2").withSignature(new byte[256]), Reason.BAD_SIGNATURE);
      refuses(token.withSignature(new byte[256]), Reason.BAD_SIGNATURE);
    }

    @Test
    void theSameKidWithAnotherKeyIsAskedAnew() {
      accepts(good());
      var otherLog = new LogWriter();
      otherLog.added(USERADM, RSA, TestKeys.rsa("stranger"));
      keys.set(otherLog.map());

      refuses(good(), Reason.BAD_SIGNATURE);
    }

    @Test
    void aRememberedHeaderOfOneRingSaysNothingInAnother() {
      accepts(good());

      assertThat(checkDevice(good())).isEqualTo(new Check.Refused(Reason.BAD_SIGNATURE));
    }

    @Test
    void canBeTurnedOff() {
      var without =
          new TokenVerifier(keys, TokenVerifierConfig.defaults().withRememberedSignatures(0));

      assertThat(without.check(USERADM, good(), NOW)).isInstanceOf(Check.Verified.class);
      assertThat(without.check(USERADM, good(), NOW)).isInstanceOf(Check.Verified.class);
      assertThat(without.check(USERADM, token.withSignature(new byte[256]), NOW))
          .isEqualTo(new Check.Refused(Reason.BAD_SIGNATURE));
    }
  }
}
