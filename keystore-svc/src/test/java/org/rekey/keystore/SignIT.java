package org.rekey.keystore;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.proto.keystore.v1.SignRequest;
import org.rekey.testkit.PostgresExtension;

class SignIT {
  private static final String USER = "{\"iss\":\"mender.useradm\",\"mender.user\":true}";
  private static final String DEVICE = "{\"iss\":\"Mender\",\"mender.device\":true}";

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @TempDir static Path home;
  private static TestKeystore keystore;

  @BeforeAll
  static void start() {
    keystore = new TestKeystore(home, POSTGRES.newDatabase()).start();
  }

  @AfterAll
  static void stop() {
    keystore.close();
  }

  @Test
  void signsTheBytesAsTheyAreUnderAHeaderOfItsOwn() {
    var claims = "{ \"iss\": \"mender.useradm\",\n \"mender.user\":true , \"sub\":\"ü\"}";

    var response = keystore.sign("useradm", "useradm", claims);

    var parts = response.getToken().split("\\.", -1);
    assertThat(new String(decoded(parts[0]), US_ASCII))
        .isEqualTo("{\"alg\":\"EdDSA\",\"kid\":\"0\",\"typ\":\"JWT\"}");
    assertThat(new String(decoded(parts[1]), UTF_8)).isEqualTo(claims);
    var key = keystore.kidMap().active("useradm").orElseThrow();
    assertThat(
            key.alg()
                .verify(
                    key.publicKey(),
                    (parts[0] + "." + parts[1]).getBytes(US_ASCII),
                    decoded(parts[2])))
        .isTrue();
  }

  @Test
  void signsForEveryIssuerWithItsRing() {
    assertThat(keystore.sign("useradm", "useradm", USER).getToken()).isNotEmpty();
    assertThat(keystore.sign("deviceauth", "deviceauth", DEVICE).getToken()).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "useradm | deviceauth | {\"iss\":\"Mender\",\"mender.device\":true}",
        "deviceauth | useradm | {\"iss\":\"mender.useradm\",\"mender.user\":true}",
        "gateway | useradm | {\"iss\":\"mender.useradm\",\"mender.user\":true}",
        "operator | useradm | {\"iss\":\"mender.useradm\",\"mender.user\":true}",
        "keystore | useradm | {\"iss\":\"mender.useradm\",\"mender.user\":true}",
        "useradm | useradm | {\"iss\":\"Mender\",\"mender.user\":true}",
        "useradm | useradm | {\"mender.user\":true}",
        "useradm | useradm | {\"iss\":[\"mender.useradm\"],\"mender.user\":true}",
        "useradm | useradm | {\"iss\":\"mender.useradm\"}",
        "useradm | useradm | {\"iss\":\"mender.useradm\",\"mender.user\":1}",
        "useradm | useradm | {\"iss\":\"mender.useradm\",\"mender.user\":\"true\"}",
        "useradm | useradm | {\"iss\":\"mender.useradm\",\"mender.user\":false}",
        "useradm | useradm | {\"iss\":\"mender.useradm\",\"mender.device\":true}",
        "useradm | useradm | {\"iss\":\"mender.useradm\",\"mender.user\":true,\"mender.device\":true}",
        "useradm | useradm | {\"iss\":\"mender.useradm\",\"mender.user\":true,\"mender.device\":false}",
        "deviceauth | deviceauth | {\"iss\":\"Mender\",\"mender.user\":true}",
        "deviceauth | deviceauth | {\"iss\":\"Mender\",\"mender.device\":true,\"mender.user\":true}",
      })
  void refusesWhatDoesNotBelongTogether(String caller, String ring, String claims) {
    assertThat(refusal(caller, ring, ByteString.copyFromUtf8(claims)))
        .isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no json",
        "[]",
        "\"text\"",
        "{}{}",
        "{} x",
        " {}",
        "\uFEFF{}",
        "{\"iss\":\"mender.useradm\",\"mender.user\":true",
        "{\"iss\":\"mender.useradm\",\"mender.user\":true,}",
        "{\"iss\":\"Mender\",\"iss\":\"mender.useradm\",\"mender.user\":true}",
        "{\"iss\":\"mender.useradm\",\"mender.user\":true,\"mender.user\":true}",
        "{\"a\":{\"b\":1,\"b\":2}}",
        "{\"a\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}",
        "{'iss':'mender.useradm'}",
        "{\"a\":NaN}"
      })
  void refusesWhatIsNotOneStrictJsonObject(String claims) {
    assertThat(refusal("useradm", "useradm", ByteString.copyFromUtf8(claims)))
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    var prefix =
        ByteString.copyFromUtf8("{\"iss\":\"mender.useradm\",\"mender.user\":true,\"x\":\"");
    var bad = ByteString.copyFrom(new byte[] {(byte) 0xC0, (byte) 0x80});

    assertThat(
            refusal(
                "useradm", "useradm", prefix.concat(bad).concat(ByteString.copyFromUtf8("\"}"))))
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(
            refusal(
                "useradm",
                "useradm",
                ByteString.copyFrom(USER.getBytes(java.nio.charset.StandardCharsets.UTF_16BE))))
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void holdsTheContractsLimits() {
    assertThat(refusal("useradm", "useradm", ByteString.copyFrom(new byte[8193])))
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(refusal("useradm", "artifact", ByteString.copyFromUtf8(USER)))
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void tellsCallersNothingOfItsOwnBeyondWhatToDo() {
    var thrown =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> keystore.sign("useradm", "useradm", "{\"iss\":\"secret-thing\"}"));
    assertThat(thrown.getStatus().getDescription())
        .contains("mender.useradm")
        .doesNotContain("secret-thing");
  }

  private static Status.Code refusal(String caller, String ring, ByteString claims) {
    var thrown =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                keystore
                    .signer(caller)
                    .sign(SignRequest.newBuilder().setRing(ring).setClaims(claims).build()));
    return thrown.getStatus().getCode();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"jkt\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"x5t#S256\":\"short\"}",
        "null"
      })
  void signsNoConditionThatVerifiersDoNotUnderstand(String cnf) {
    var claims = DEVICE.replace("}", ",\"cnf\":" + cnf + "}");
    assertThat(
            catchThrowableOfType(
                    StatusRuntimeException.class,
                    () -> keystore.sign("deviceauth", "deviceauth", claims))
                .getStatus()
                .getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void signsTheBindingToACertificate() {
    var cnf = "{\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}";
    var response =
        keystore.sign("deviceauth", "deviceauth", DEVICE.replace("}", ",\"cnf\":" + cnf + "}"));
    assertThat(new String(decoded(response.getToken().split("\\.", -1)[1]), UTF_8)).contains(cnf);
  }

  private static byte[] decoded(String part) {
    return Base64.getUrlDecoder().decode(part);
  }
}
