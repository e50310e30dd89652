package org.rekey.deviceauth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.deviceauth.key.DeviceKey;
import org.rekey.testkit.KeyFiles;

class AuthRequestTest {
  private static final int MIN_RSA_BITS = 1024;
  private static final String UNREADABLE =
      "failed to decode auth request: no JSON object, a name twice, or too many levels";
  private static final TestDevice DEVICE = TestDevice.ed25519("1");

  private static AuthRequest read(byte[] body, String signature) {
    return AuthRequest.read(body, signature, MIN_RSA_BITS);
  }

  private static AuthRequest signed(TestDevice device, byte[] body) {
    return read(body, device.sign(body));
  }

  private static void assertGenuine(TestDevice device, byte[] body) {
    assertThat(signed(device, body))
        .isInstanceOfSatisfying(
            AuthRequest.Genuine.class,
            genuine -> {
              assertThat(genuine.identity())
                  .isEqualTo(((Identity.Usable) Identity.parse(device.idData())).identity());
              assertThat(genuine.key().pem()).isEqualTo(device.publicKey());
            });
  }

  private static void assertMalformed(byte[] body, String signature, String message) {
    assertThat(read(body, signature)).isEqualTo(new AuthRequest.Malformed(message));
  }

  @Test
  void readsWhatTheClientsOfMenderWrite() {
    assertGenuine(DEVICE, DEVICE.body());
    assertGenuine(DEVICE, DEVICE.body("{\"id_data\":%s,\"pubkey\":%s,\"tier\":\"standard\"}"));
    assertGenuine(DEVICE, DEVICE.body(" {\n\"tier\":7,\"id_data\" : %s , \"pubkey\" : %s } \n"));
    assertGenuine(
        DEVICE,
        DEVICE.body(
            "{\"tenant_token\":{\"a\":[null]},\"x\":1e999999999,\"id_data\":%s,\"pubkey\":%s}"));
    TestDevice rsa = new TestDevice(DEVICE.idData(), KeyFiles.rsa(1024));
    assertGenuine(rsa, rsa.body());
    TestDevice p256 = new TestDevice("{\"mac\":\"52:54 <&> \\\"q\\\" é\"}", KeyFiles.ec("P-256"));
    assertGenuine(p256, p256.body());
  }

  /// `mender` 3.4.0 of Debian, as it was recorded.
  @Test
  void readsARecordedRequest() {
    String body =
        """
        {"id_data":"{\\"mac\\":\\"52:54:00:aa:bb:01\\",\\"sn\\":\\"SN-1\\"}","tenant_token":"tt-ed",\
        "pubkey":"-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEAUacID+vOCrlneXPJDJyEtec2NikZc3cywBp9\
        Fmdo6aA=\\n-----END PUBLIC KEY-----\\n"}
        """;
    String signature =
        "2MQ5VZdMKb1xrGla0Z9EcFLIt8PmJZGy78BI6Y9AwaL57p1IGVnibhvhGmWrQUGERfSpXTSrQawFHKjTrWmUCA==";
    assertThat(read(body.getBytes(UTF_8), signature))
        .isInstanceOfSatisfying(
            AuthRequest.Genuine.class,
            genuine ->
                assertThat(genuine.identity().json())
                    .isEqualTo("{\"mac\":\"52:54:00:aa:bb:01\",\"sn\":\"SN-1\"}"));
    assertThat(read(body.strip().getBytes(UTF_8), signature))
        .isEqualTo(new AuthRequest.BadSignature());
  }

  @Test
  void checksTheBytesThatArrivedAndNotWhatTheyMean() {
    byte[] body = DEVICE.body("{\"id_data\":%s,\"pubkey\":%s}");
    String signature = DEVICE.sign(body);
    for (String form :
        List.of(
            "{\"id_data\":%s,\"pubkey\":%s}\n",
            " {\"id_data\":%s,\"pubkey\":%s}",
            "{\"id_data\":%s, \"pubkey\":%s}",
            "{\"\\u0069d_data\":%s,\"pubkey\":%s}")) {
      assertThat(read(DEVICE.body(form), signature)).isEqualTo(new AuthRequest.BadSignature());
    }
    assertThat(read(body, TestDevice.ed25519("1").sign(body)))
        .isEqualTo(new AuthRequest.BadSignature());
    assertThat(read(body, "no Base64")).isEqualTo(new AuthRequest.BadSignature());
  }

  /// Somebody else's words must not become a database's trouble, or an answer to learn from.
  @Test
  void makesNothingOfAnIdentityThatNobodyHasSigned() {
    TestDevice odd = new TestDevice("[]", DEVICE.keys());
    byte[] body = odd.body();
    assertThat(read(body, "AAAA")).isEqualTo(new AuthRequest.BadSignature());
    assertMalformed(
        body,
        odd.sign(body),
        "invalid auth request: id_data: no JSON object (expected: an object such as"
            + " {\"mac\":\"…\"})");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"n\":100e2147483647}",
        "{\"n\":1e400}",
        "{}",
        "null",
        "{\"a\":1,\"a\":1}",
        "{\"a\":\"\\ud800\"}",
        "x",
        " ",
      })
  void refusesASignedIdentityThatCannotBeOne(String identity) {
    TestDevice odd = new TestDevice(identity, DEVICE.keys());
    assertThat(signed(odd, odd.body()))
        .isInstanceOfSatisfying(
            AuthRequest.Malformed.class,
            malformed ->
                assertThat(malformed.message()).startsWith("invalid auth request: id_data: "));
  }

  @Test
  void saysWhatIsMissing() {
    String pubkey = "\"pubkey\":\"x\"";
    String identity = "\"id_data\":\"{}\"";
    for (String body :
        List.of(
            "{}",
            "{" + pubkey + "}",
            "{\"id_data\":\"\"," + pubkey + "}",
            "{\"id_data\":null," + pubkey + "}",
            "{\"ID_DATA\":\"{}\"," + pubkey + "}")) {
      assertMalformed(body.getBytes(UTF_8), "", "invalid auth request: id_data must be provided");
    }
    for (String body :
        List.of(
            "{" + identity + "}",
            "{" + identity + ",\"pubkey\":\"\"}",
            "{" + identity + ",\"pubkey\":null}")) {
      assertMalformed(body.getBytes(UTF_8), "", "invalid auth request: pubkey must be provided");
    }
    assertMalformed(
        ("{" + identity + "," + pubkey + "}").getBytes(UTF_8),
        "",
        "invalid auth request: cannot decode public key");
    assertMalformed(DEVICE.body(), "", "missing request signature header");
  }

  @Test
  void refusesAKeyOfAnotherKindInMendersWords() {
    TestDevice pss = new TestDevice(DEVICE.idData(), KeyFiles.ofType("RSASSA-PSS"));
    assertMalformed(pss.body(), "AAAA", "invalid auth request: unrecognized public key type");
    TestDevice ed448 = new TestDevice(DEVICE.idData(), KeyFiles.ofType("Ed448"));
    assertMalformed(ed448.body(), "AAAA", "invalid auth request: unrecognized public key type");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{\"id_data\"",
        "{\"id_data\":}",
        "{\"id_data\":\"x\",}",
        "{\"id_data\":\"x\",\"id_data\":\"x\"}",
        "{\"pubkey\":\"x\",\"\\u0070ubkey\":\"x\"}",
        "{\"tier\":1,\"tier\":1}",
        "{\"tier\":{\"a\":1,\"a\":1}}",
        "{} x",
        "{\"id_data\":\"\0\"}",
        "\0{}",
        "\uFEFF{}",
        "{\"tier\":NaN}",
      })
  void refusesABodyThatIsNoStrictJson(String body) {
    AuthRequest read = read(body.getBytes(UTF_8), "AAAA");
    assertThat(read)
        .isIn(
            new AuthRequest.Malformed(UNREADABLE),
            new AuthRequest.Malformed("failed to decode auth request: no JSON object"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "null", "1", "\"{}\""})
  void refusesABodyThatIsNoObject(String body) {
    assertMalformed(body.getBytes(UTF_8), "AAAA", "failed to decode auth request: no JSON object");
  }

  @Test
  void refusesMembersOfOtherTypesAndASecondValue() {
    for (String value : List.of("1", "true", "{}", "[\"x\"]")) {
      assertMalformed(
          ("{\"id_data\":" + value + "}").getBytes(UTF_8),
          "AAAA",
          "failed to decode auth request: id_data: no string");
      assertMalformed(
          ("{\"pubkey\":" + value + "}").getBytes(UTF_8),
          "AAAA",
          "failed to decode auth request: pubkey: no string");
    }
    assertMalformed(
        "{} {}".getBytes(UTF_8), "AAAA", "failed to decode auth request: more than one JSON value");
  }

  @Test
  void refusesOtherEncodings() {
    String noUtf8 = "failed to decode auth request: no UTF-8";
    assertMalformed("{\"tier\":\"é\"}".getBytes(ISO_8859_1), "AAAA", noUtf8);
    assertMalformed(DEVICE.idData().getBytes(UTF_16), "AAAA", noUtf8);
    // Overlong, half of a surrogate pair, beyond Unicode
    for (String bytes : List.of("c080", "eda080", "f4908080", "ff", "e28c")) {
      assertMalformed(HexFormat.of().parseHex(bytes), "AAAA", noUtf8);
    }
  }

  @Test
  void costsNothingForWhatIsDeepOrLong() {
    for (String body :
        List.of(
            "[".repeat(60_000),
            "{\"tier\":" + "[".repeat(60_000),
            "{\"a\":".repeat(10_000),
            "{\"tier\":" + "9".repeat(60_000) + "}")) {
      assertThat(read(body.getBytes(UTF_8), "AAAA")).isInstanceOf(AuthRequest.Malformed.class);
    }
    assertMalformed(
        new byte[65_537],
        "AAAA",
        "failed to decode auth request: 65537 bytes (expected: at most 65536)");
  }

  @Test
  void takesRsaKeysAsShortAsTheOperatorWants() {
    TestDevice old = new TestDevice(DEVICE.idData(), KeyFiles.rsa(1024));
    assertThat(AuthRequest.read(old.body(), old.sign(old.body()), 2048))
        .isEqualTo(
            new AuthRequest.Malformed(
                "invalid auth request: cannot decode public key: RSA modulus: 1024 bits (expected:"
                    + " 2048 to 8192)"));
    assertThat(DeviceKey.parse(old.publicKey(), 1024)).isInstanceOf(DeviceKey.Usable.class);
  }
}
