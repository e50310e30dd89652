package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.keystore.v1.Finding;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyRetired;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.LintRequest;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// What happens when files come, change and go while the service runs.
class KeyFilesIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @TempDir Path home;
  private TestKeystore keystore;

  @BeforeEach
  void start() {
    keystore = new TestKeystore(home, POSTGRES.newDatabase()).start();
  }

  @AfterEach
  void stop() {
    keystore.close();
  }

  @Test
  void announcesAndActivatesTheConfiguredKeyOfEveryRingAtItsFirstStart() {
    var map = keystore.kidMap();

    assertThat(map.active("useradm")).isPresent();
    assertThat(map.active("deviceauth")).isPresent();
    assertThat(map.active("artifact")).isPresent();
    assertThat(keystore.events())
        .extracting(KeyEvent::getActor)
        .containsExactly("file", "config", "file", "config", "file", "config");
    assertThat(keystore.ring("useradm").getNotesList()).isEmpty();
    assertThat(keystore.signUser().getKid()).isZero();
  }

  @Test
  void announcesAFileThatIsPutIntoTheDirectory() {
    keystore.place(5539, KeyFiles.rsa(2048));

    keystore.awaitState(5539, KeyState.KEY_STATE_ANNOUNCED);

    var event = keystore.lastEvent();
    assertThat(event.hasKeyAdded()).isTrue();
    assertThat(event.getKeyAdded().getAlg()).isEqualTo("RS256");
    assertThat(event.getActor()).isEqualTo("file");
    assertThat(keystore.signUser().getKid()).isZero();
  }

  @Test
  void isQuickFromFileToEvent() {
    // A wide bound: the promise is a second to every verifier, of which this is a part.
    var placed = Instant.now();
    keystore.place(5539);
    await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(TestKeystore.SOON)
        .until(() -> keystore.kidMap().find("useradm", 5539).isPresent());
    var added = keystore.kidMap().find("useradm", 5539).orElseThrow().addedAt();
    System.out.printf(
        "file in place -> event appended: %d ms%n", Duration.between(placed, added).toMillis());
    assertThat(Duration.between(placed, added)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void mixesKeyTypesInOneRing() {
    keystore.place(1, KeyFiles.rsa(2048));
    keystore.place(2, KeyFiles.ec("secp256r1"));
    keystore.place(3, KeyFiles.ec("secp521r1"));

    keystore.awaitState(1, KeyState.KEY_STATE_ANNOUNCED);
    keystore.awaitState(2, KeyState.KEY_STATE_ANNOUNCED);
    keystore.awaitState(3, KeyState.KEY_STATE_ANNOUNCED);

    assertThat(keystore.kidMap().keys("useradm"))
        .extracting(key -> key.alg().jwsName())
        .containsExactly("EdDSA", "RS256", "ES256", "ES512");
  }

  @Test
  void retiresAKeyWhoseFileIsRemovedAndTakesItBackWhenTheFileComesBack() throws IOException {
    var pair = KeyFiles.ed25519();
    var file = keystore.place(7, pair);
    keystore.awaitState(7, KeyState.KEY_STATE_ANNOUNCED);

    Files.delete(file);
    keystore.awaitState(7, KeyState.KEY_STATE_RETIRED);
    assertThat(keystore.lastEvent().getKeyRetired().getCause())
        .isEqualTo(KeyRetired.Cause.CAUSE_FILE_REMOVED);

    keystore.place(7, pair);
    keystore.awaitState(7, KeyState.KEY_STATE_ANNOUNCED);
  }

  @Test
  void refusesAnotherKeyUnderAKidThatIsInUseAndKeepsTheOldOneWorking() {
    keystore.place(7);
    keystore.awaitState(7, KeyState.KEY_STATE_ANNOUNCED);
    var thumbprint = keystore.kidMap().find("useradm", 7).orElseThrow().thumbprint();
    var head = keystore.kidMap().epoch();

    keystore.place(7, KeyFiles.ed25519());

    awaitFinding("id-taken");
    assertThat(keystore.kidMap().epoch()).isEqualTo(head);
    assertThat(keystore.key("useradm", 7).getThumbprint()).isEqualTo(thumbprint);
  }

  @Test
  void refusesBothOfTwoFilesForOneNewKidAndNeitherDisturbsAKidInUse() throws IOException {
    KeyFiles.place(
        keystore.file("useradm", "private.id.0.pem"), KeyFiles.pkcs8(KeyFiles.ed25519()));

    awaitFinding("duplicate-id");
    assertThat(keystore.signUser().getKid()).isZero();
    assertThat(findings())
        .singleElement()
        .extracting(Finding::getFile)
        .asString()
        .endsWith("private.id.0.pem");
  }

  @Test
  void refusesTheSameKeyUnderASecondKid() {
    var pair = KeyFiles.ed25519();
    keystore.place(7, pair);
    keystore.awaitState(7, KeyState.KEY_STATE_ANNOUNCED);

    keystore.place(8, pair);

    awaitFinding("same-key");
    assertThat(keystore.find("useradm", 8)).isEmpty();
  }

  @Test
  void keepsAKeyWhoseFileLetsTheWorldReadUntilTheFileGoes() throws IOException {
    var file = keystore.place(7);
    keystore.awaitState(7, KeyState.KEY_STATE_ANNOUNCED);

    KeyFiles.withPermissions(file, "rw-r--r--");
    awaitFinding("permissions");
    assertThat(keystore.key("useradm", 7).getState()).isEqualTo(KeyState.KEY_STATE_ANNOUNCED);

    Files.delete(file);
    keystore.awaitState(7, KeyState.KEY_STATE_RETIRED);
    assertThat(findings()).isEmpty();
  }

  @Test
  void keepsAllKeysWhenTheDirectoryVanishesAndGoesOnWhenItIsBack() throws IOException {
    var away = home.resolve("away");
    Files.move(keystore.directory("useradm"), away);
    awaitFinding("directory-lost");

    assertThat(keystore.signUser().getKid()).isZero();

    Files.createDirectory(keystore.directory("useradm"));
    awaitFinding("directory-lost");
    Files.delete(keystore.directory("useradm"));
    Files.move(away, keystore.directory("useradm"));
    await().atMost(TestKeystore.SOON).until(() -> findings().isEmpty());
    assertThat(keystore.kidMap().active("useradm")).isPresent();

    keystore.place(9);
    keystore.awaitState(9, KeyState.KEY_STATE_ANNOUNCED);
  }

  @Test
  void goesOnWithTheRestWhenOneFileIsBad() {
    KeyFiles.place(keystore.file("useradm", "private.id.1.pem"), "no key");
    keystore.place(2);

    keystore.awaitState(2, KeyState.KEY_STATE_ANNOUNCED);
    awaitFinding("not-pem");
  }

  private void awaitFinding(String rule) {
    await()
        .atMost(TestKeystore.SOON)
        .until(() -> findings().stream().anyMatch(finding -> finding.getRule().equals(rule)));
  }

  private List<Finding> findings() {
    return keystore
        .admin()
        .lint(LintRequest.newBuilder().setRing("useradm").build())
        .getFindingsList();
  }
}
