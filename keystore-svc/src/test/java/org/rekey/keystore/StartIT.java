package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.config.SettingsException;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// What the service refuses to start with, and the lines that it says so in.
class StartIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @TempDir Path home;
  private DatabaseSettings database;
  private TestKeystore keystore;

  @BeforeEach
  void prepare() {
    database = POSTGRES.newDatabase();
    keystore = new TestKeystore(home, database);
  }

  @AfterEach
  void stop() {
    keystore.close();
  }

  @Test
  void saysHowToMakeTheFirstKeyOfAnEmptyDirectory() throws IOException {
    var file = keystore.file("useradm", "private.pem");
    Files.delete(file);

    assertThat(refusal())
        .containsExactly(
            "USERADM_SERVER_PRIV_KEY_PATH: no private key in %s (make the first one: openssl genrsa -out %s 2048)"
                .formatted(keystore.directory("useradm"), file));
  }

  @Test
  void saysSoForEveryRingAtOnce() throws IOException {
    Files.delete(keystore.file("useradm", "private.pem"));
    Files.delete(keystore.file("artifact", "private.pem"));
    Files.delete(keystore.directory("artifact"));

    assertThat(refusal())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("USERADM_SERVER_PRIV_KEY_PATH: no private key"),
            line ->
                assertThat(line)
                    .startsWith("ARTIFACT_SERVER_PRIV_KEY_PATH: ")
                    .contains("no such directory", "mkdir -m 700 -p"));
  }

  @Test
  void namesTheFileThatCannotBeUsed() {
    KeyFiles.withPermissions(keystore.file("useradm", "private.pem"), "rw-r--r--");

    assertThat(refusal())
        .singleElement()
        .asString()
        .contains(keystore.file("useradm", "private.pem").toString(), "0644", "chmod 600");
  }

  @Test
  void refusesTwoDefaultKeys() {
    var other = KeyFiles.write(keystore.file("useradm", "other.pem"), "");
    keystore.set("useradm", "SERVER_PRIV_KEY_PATH", other.toString());

    assertThat(refusal())
        .singleElement()
        .asString()
        .contains(other.toString(), keystore.file("useradm", "private.pem").toString());
  }

  @Test
  void takesAConfiguredFileWithoutAnIdForTheDefaultKey() throws IOException {
    var other = keystore.file("useradm", "signing-key.pem");
    Files.move(keystore.file("useradm", "private.pem"), other);
    keystore.set("useradm", "SERVER_PRIV_KEY_PATH", other.toString());

    keystore.start();

    assertThat(keystore.signUser().getKid()).isZero();
    assertThat(keystore.key("useradm", 0).getFile()).isEqualTo(other.toString());
  }

  @Test
  void signsWithTheConfiguredKeyAndVerifiesWithTheDefaultOneAsMendersPageSays() {
    var file = keystore.place(5539, KeyFiles.rsa(2048));
    keystore.set("useradm", "SERVER_PRIV_KEY_PATH", file.toString());

    keystore.start();

    assertThat(keystore.signUser().getKid()).isEqualTo(5539);
    assertThat(keystore.key("useradm", 0).getState()).isEqualTo(KeyState.KEY_STATE_ANNOUNCED);
  }

  @Test
  void refusesAConfiguredFileThatIsNotThere() {
    keystore.set(
        "useradm", "SERVER_PRIV_KEY_PATH", keystore.file("useradm", "private.id.1.pem").toString());

    assertThat(refusal()).singleElement().asString().contains("private.id.1.pem: no such file");
  }

  @Test
  void refusesAPatternThatCannotWork() {
    keystore.set("useradm", "SERVER_PRIV_KEY_FILENAME_PATTERN", "private(");
    keystore.set("artifact", "SERVER_PRIV_KEY_FILENAME_PATTERN", "private\\.pem");

    assertThat(refusal())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("USERADM_SERVER_PRIV_KEY_FILENAME_PATTERN: "),
            line -> assertThat(line).startsWith("ARTIFACT_SERVER_PRIV_KEY_FILENAME_PATTERN: "));
  }

  @Test
  void saysHowToMakeTheLogKey() {
    keystore.environment().put("KEYSTORE_LOG_KEY", home.resolve("nowhere.pem").toString());

    assertThat(refusal())
        .singleElement()
        .asString()
        .startsWith("KEYSTORE_LOG_KEY: ")
        .contains("openssl genpkey -algorithm ed25519");
  }

  @Test
  void refusesADirectoryThatHoldsNoneOfTheKeysItKnows() throws IOException {
    keystore.start();
    keystore.stop();
    var elsewhere = Files.createDirectory(home.resolve("elsewhere")).resolve("private.id.9.pem");
    KeyFiles.write(elsewhere, KeyFiles.pkcs8(KeyFiles.ed25519()));
    keystore.set("useradm", "SERVER_PRIV_KEY_PATH", elsewhere.toString());

    assertThat(refusal())
        .singleElement()
        .asString()
        .contains("holds none of the ring's keys, kid 0");
  }

  @Test
  void retiresWhatWasRemovedWhileItWasStopped() throws IOException {
    var file = keystore.place(7);
    keystore.start();
    keystore.awaitState(7, KeyState.KEY_STATE_ANNOUNCED);
    keystore.stop();

    Files.delete(file);
    keystore.start();

    assertThat(keystore.key("useradm", 7).getState()).isEqualTo(KeyState.KEY_STATE_RETIRED);
  }

  @Test
  void keepsVerifyingAKeyWhoseFileWasReplacedWhileItWasStopped() {
    keystore.start();
    keystore.stop();
    KeyFiles.place(keystore.file("useradm", "private.pem"), KeyFiles.pkcs8(KeyFiles.ed25519()));
    keystore.place(1);

    keystore.start();

    assertThat(keystore.key("useradm", 0).getState()).isEqualTo(KeyState.KEY_STATE_ACTIVE);
    assertThat(keystore.ring("useradm").hasActiveKid()).isFalse();
    assertThat(keystore.ring("useradm").getNotesList())
        .contains(
            "kid 0 should sign and its file cannot be used: see lint, or activate another key");
  }

  @Test
  void refusesAnotherIssuerThanTheOneThatTheKeysAreBoundTo() {
    keystore.start();
    keystore.stop();
    keystore.set("useradm", "JWT_ISSUER", "example.org");

    assertThat(refusal())
        .containsExactly(
            "USERADM_JWT_ISSUER: example.org (expected: mender.useradm, to which the ring's keys are bound)");
  }

  @Test
  void refusesALogThatAnotherKeySigned() {
    keystore.start();
    keystore.stop();
    keystore
        .environment()
        .put(
            "KEYSTORE_LOG_KEY",
            KeyFiles.write(home.resolve("log2.pem"), KeyFiles.pkcs8(KeyFiles.ed25519()))
                .toString());

    assertThat(refusal()).singleElement().asString().startsWith("key log: broken at epoch 1: ");
  }

  @Test
  void refusesALogThatWasTamperedWithAndNamesTheEpoch() throws SQLException {
    keystore.start();
    keystore.stop();
    sql("ALTER TABLE keystore.key_event DISABLE TRIGGER ALL");
    sql(
        "UPDATE keystore.key_event SET event = set_byte(event, 40, get_byte(event, 40) # 1) WHERE epoch = 3");

    assertThat(refusal()).singleElement().asString().startsWith("key log: broken at epoch 3: ");
  }

  @Test
  void refusesALogWithAHole() throws SQLException {
    keystore.start();
    keystore.stop();
    sql("ALTER TABLE keystore.key_event DISABLE TRIGGER ALL");
    sql("DELETE FROM keystore.key_event WHERE epoch = 2");

    assertThat(refusal())
        .singleElement()
        .asString()
        .startsWith("key log: broken at epoch 2: events 2 to 2 are missing");
  }

  @Test
  void keepsItsTableFromBeingChanged() {
    keystore.start();

    assertThatThrownBy(() -> sql("DELETE FROM keystore.key_event"))
        .hasMessageContaining("append-only");
  }

  private List<String> refusal() {
    return catchThrowableOfType(SettingsException.class, () -> keystore.start()).problems();
  }

  private void sql(String statement) throws SQLException {
    try (Connection connection = DriverManager.getConnection(database.url(), database.user(), "");
        Statement sql = connection.createStatement()) {
      sql.execute(statement);
    }
  }
}
