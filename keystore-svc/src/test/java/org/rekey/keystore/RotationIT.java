package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.keystore.v1.HoldKeyRequest;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.ListKeysRequest;
import org.rekey.runtime.config.SettingsException;
import org.rekey.testkit.PostgresExtension;

/// A ring that turns its keys by itself.
class RotationIT {
  private static final Duration LONG = Duration.ofSeconds(30);

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @TempDir Path home;
  private TestKeystore keystore;

  @BeforeEach
  void prepare() {
    keystore = new TestKeystore(home, POSTGRES.newDatabase());
    keystore.environment().put("KEYSTORE_LEASE", "1s");
    keystore.environment().put("KEYSTORE_NAME", "keystore-a");
  }

  @AfterEach
  void stop() {
    keystore.close();
  }

  @Test
  void turnsItsKeysOneAfterTheOtherAndSaysWhoDidItAndWhy() {
    keystore.set("useradm", "ROTATE_AFTER", "2s");
    keystore.start();

    await().atMost(LONG).until(() -> keystore.signUser().getKid() == 2);

    assertThat(keystore.key("useradm", 0).getState()).isEqualTo(KeyState.KEY_STATE_VERIFY_ONLY);
    assertThat(keystore.key("useradm", 2).getAlg()).isEqualTo("EdDSA");
    assertThat(keystore.events().stream().filter(KeyEvent::hasKeyActivated).skip(3))
        .isNotEmpty()
        .allSatisfy(
            event -> {
              assertThat(event.getActor()).isEqualTo("automatic");
              assertThat(event.getOrigin()).isEqualTo("keystore-a");
              assertThat(event.getReason()).startsWith("USERADM_ROTATE_AFTER PT2S: kid ");
            });
    assertThat(keystore.ring("useradm").getRotateAfter().getSeconds()).isEqualTo(2);
    assertThat(keystore.ring("useradm").hasRotatesAt()).isTrue();
    assertThat(keystore.ring("deviceauth").hasRotateAfter()).isFalse();
    assertThat(keystore.find("deviceauth", 1)).isEmpty();
  }

  @Test
  void waitsForADeafVerifierRaisesTheAlarmAndGoesOnWhenItHears() {
    keystore.set("useradm", "ROTATE_AFTER", "5s");
    keystore.set("useradm", "ROTATE_JITTER", "0s");
    keystore.environment().put("KEYSTORE_MANAGEMENT_LISTEN", "127.0.0.1:0");
    keystore.start();
    var deaf = keystore.upToDate("gateway-1").setEpoch(0).setKeySetHash(emptyHash());
    keystore.report("gateway", deaf);

    keystore.awaitState(1, KeyState.KEY_STATE_ANNOUNCED);
    await()
        .during(Duration.ofSeconds(5))
        .atMost(LONG)
        .until(
            () -> {
              keystore.report("gateway", deaf);
              return keystore.signUser().getKid() == 0 && keys().size() == 2;
            });

    keystore.report("gateway", keystore.upToDate("gateway-1"));
    await()
        .atMost(LONG)
        .until(
            () -> {
              keystore.report("gateway", keystore.upToDate("gateway-1"));
              return keystore.signUser().getKid() == 1;
            });
  }

  @Test
  void goesOnWithTheKeyThatWasAnnouncedBeforeItDied() {
    keystore.set("useradm", "ROTATE_AFTER", "1s");
    keystore.start();
    var deaf = keystore.upToDate("gateway-1").setEpoch(0).setKeySetHash(emptyHash());
    keystore.report("gateway", deaf);
    keystore.awaitState(1, KeyState.KEY_STATE_ANNOUNCED);
    keystore.set("useradm", "ROTATE_AFTER", "8s");

    keystore.restart();

    await().atMost(Duration.ofSeconds(40)).until(() -> keystore.signUser().getKid() == 1);
    assertThat(keys()).extracting(Key::getKid).containsExactly(0L, 1L);
  }

  @Test
  void retiresWhatNothingHangsOnAndLeavesHeldKeysAlone() {
    keystore.set("useradm", "RETIRE_WHEN_SAFE", "true");
    keystore.start();
    for (long kid = 1; kid <= 3; kid++) {
      keystore.place(kid);
      keystore.awaitState(kid, KeyState.KEY_STATE_ANNOUNCED);
      activate(kid);
    }
    keystore.place(9);
    keystore.awaitState(9, KeyState.KEY_STATE_ANNOUNCED);
    var _ =
        keystore.admin().holdKey(HoldKeyRequest.newBuilder().setRing("useradm").setKid(1).build());
    var used = KeyUsage.newBuilder().setRing("useradm").setKid(0).setSessions(1).setOwners(1);

    await()
        .atMost(LONG)
        .until(
            () -> {
              keystore.report("useradm", keystore.counted("useradm-1", used.build()));
              return keystore.key("useradm", 2).getState() == KeyState.KEY_STATE_RETIRED;
            });

    assertThat(keystore.lastEvent().getActor()).isEqualTo("automatic");
    assertThat(keystore.lastEvent().getReason()).isEqualTo("RETIRE_WHEN_SAFE: nothing hangs on it");
    assertThat(keystore.key("useradm", 0).getState()).isEqualTo(KeyState.KEY_STATE_VERIFY_ONLY);
    assertThat(keystore.key("useradm", 1).getState()).isEqualTo(KeyState.KEY_STATE_VERIFY_ONLY);
    assertThat(keystore.key("useradm", 3).getState()).isEqualTo(KeyState.KEY_STATE_ACTIVE);
    assertThat(keystore.key("useradm", 9).getState()).isEqualTo(KeyState.KEY_STATE_ANNOUNCED);
    assertThat(Files.exists(keystore.file("useradm", "private.id.2.pem"))).isTrue();
  }

  @Test
  void namesTheSettingsThatCannotBe() {
    keystore.set("useradm", "ROTATE_AFTER", "500ms");
    keystore.set("deviceauth", "ROTATE_AFTER", "1d");
    keystore.set("deviceauth", "ROTATE_JITTER", "13h");
    keystore.set("artifact", "ROTATE_AFTER", "1d");
    assertThat(refusal())
        .hasMessageContaining("USERADM_ROTATE_AFTER: PT0.5S (expected: PT1S to PT87600H)")
        .hasMessageContaining("DEVICEAUTH_ROTATE_JITTER: PT13H (expected: PT0S to PT12H)")
        .hasMessageContaining("ARTIFACT_ROTATE_AFTER: devices verify artifacts with public keys");

    keystore.set("useradm", "ROTATE_AFTER", "1d");
    keystore.set("useradm", "ROTATE_QUIET_HOURS", "8-18");
    keystore.set("deviceauth", "ROTATE_JITTER", "0s");
    keystore.set("deviceauth", "ROTATE_KEY_TYPE", "dsa");
    keystore.environment().remove("ARTIFACT_ROTATE_AFTER");
    assertThat(refusal())
        .hasMessageContaining("USERADM_ROTATE_QUIET_HOURS: '8-18' (expected: times such as")
        .hasMessageContaining("DEVICEAUTH_ROTATE_KEY_TYPE: 'dsa' (expected: one of rsa-2048, ");

    keystore.set("useradm", "ROTATE_QUIET_HOURS", "08:00-18:00");
    keystore.set("useradm", "ROTATE_QUIET_ZONE", "Mars/Olympus");
    assertThat(refusal()).hasMessageContaining("USERADM_ROTATE_QUIET_ZONE: 'Mars/Olympus'");
  }

  private SettingsException refusal() {
    return catchThrowableOfType(SettingsException.class, () -> keystore.start());
  }

  private void activate(long kid) {
    var _ =
        keystore
            .admin()
            .activateKey(
                org.rekey.proto.keystore.v1.ActivateKeyRequest.newBuilder()
                    .setRing("useradm")
                    .setKid(kid)
                    .build());
  }

  private List<Key> keys() {
    return keystore
        .admin()
        .listKeys(ListKeysRequest.newBuilder().setRing("useradm").build())
        .getKeysList();
  }

  private static ByteString emptyHash() {
    return ByteString.copyFrom(org.rekey.verifier.map.KidMap.empty().keySetHash());
  }
}
