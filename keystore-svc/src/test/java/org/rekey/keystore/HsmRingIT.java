package org.rekey.keystore;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.Finding;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.LintRequest;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;
import org.rekey.testkit.SoftHsm;

/// A ring whose keys are partly in files and partly in a token.
class HsmRingIT {
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(40);

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @TempDir Path home;
  private SoftHsm hsm;
  private Path pin;
  private TestKeystore keystore;

  @BeforeEach
  void start() {
    hsm = SoftHsm.ofThisProcess();
    pin = KeyFiles.write(home.resolve("pin"), SoftHsm.PIN + "\n");
    keystore = new TestKeystore(home, POSTGRES.newDatabase());
    keystore.environment().put("KEYSTORE_PKCS11_MODULES", hsm.library().toString());
    keystore.start();
  }

  @AfterEach
  void stop() {
    if (keystore != null) {
      keystore.close();
    }
  }

  @Test
  void rotatesFromAFileThroughATokenAndBack() {
    var token = hsm.token("rotates");
    token.generate("rsa:2048", "7", "07");
    token.generate("EC:prime256v1", "8", "08");
    token.generate("EC:edwards25519", "9", "09");
    assertThat(keystore.signUser().getKid()).isZero();

    for (long kid : new long[] {7, 8, 9}) {
      place(token, kid);
      activate(kid);
      assertSigns(kid);
      assertThat(keystore.key("useradm", kid).getStore()).isEqualTo("pkcs11");
    }

    activate(0);
    assertSigns(0);
    assertThat(keystore.key("useradm", 0).getStore()).isEqualTo("file");
  }

  @Test
  void isUnavailableWhileTheTokenIsAwayAndGoesOnByItself() {
    var token = hsm.token("away for a while");
    token.generate("EC:edwards25519", "7", "07");
    place(token, 7);
    activate(7);

    token.goAway();
    var refusal = catchThrowableOfType(StatusRuntimeException.class, () -> keystore.signUser());
    assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(refusal.getStatus().getDescription())
        .contains("kid 7 of ring useradm", "token away for a while")
        .doesNotContain(SoftHsm.PIN + " ");
    assertThat(keystore.key("useradm", 7).getState()).isEqualTo(KeyState.KEY_STATE_ACTIVE);

    token.comeBack();
    awaitSigns(7);
  }

  @Test
  void startsWithoutTheTokenAndFindsItLater() {
    var token = hsm.token("late");
    token.generate("EC:edwards25519", "7", "07");
    place(token, 7);
    activate(7);
    keystore.stop();
    token.goAway();

    keystore.start();

    assertThat(
            catchThrowableOfType(StatusRuntimeException.class, () -> keystore.signUser())
                .getStatus()
                .getCode())
        .isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(keystore.key("useradm", 7).getStore()).isEmpty();
    assertThat(lint())
        .satisfies(
            finding -> {
              assertThat(finding.getRule()).isEqualTo("token-unavailable");
              assertThat(finding.getMessage()).contains("token late is not there");
            });

    token.comeBack();
    awaitSigns(7);
  }

  /// The key's label is its kid.
  private void place(SoftHsm.Token token, long kid) {
    KeyFiles.place(
        keystore.file("useradm", "private.id." + kid + ".pem"),
        token.uri(String.valueOf(kid), pin));
    await().atMost(LONG_ENOUGH).until(() -> keystore.find("useradm", kid).isPresent());
  }

  private void activate(long kid) {
    keystore
        .admin()
        .activateKey(ActivateKeyRequest.newBuilder().setRing("useradm").setKid(kid).build());
  }

  private Finding lint() {
    return keystore
        .admin()
        .lint(LintRequest.newBuilder().setRing("useradm").build())
        .getFindings(0);
  }

  private void awaitSigns(long kid) {
    await()
        .atMost(LONG_ENOUGH)
        .ignoreException(StatusRuntimeException.class)
        .untilAsserted(() -> assertSigns(kid));
  }

  private void assertSigns(long kid) {
    var response = keystore.signUser();
    assertThat(response.getKid()).isEqualTo(kid);
    var parts = response.getToken().split("\\.", -1);
    var key = keystore.kidMap().find("useradm", kid).orElseThrow();
    assertThat(
            key.alg()
                .verify(
                    key.publicKey(),
                    (parts[0] + "." + parts[1]).getBytes(US_ASCII),
                    Base64.getUrlDecoder().decode(parts[2])))
        .isTrue();
  }
}
