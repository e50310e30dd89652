package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.keystore.v1.GenerateKeyRequest;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.config.SettingsException;
import org.rekey.testkit.KafkaBroker;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// A database that is older than what the keystore has given out: it must not go on from there,
/// for that would be a second history.
class RestoreIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @TempDir Path home;
  private DatabaseSettings database;
  private TestKeystore keystore;
  private KafkaBroker kafka;

  @BeforeEach
  void start() throws IOException {
    kafka = new KafkaBroker(Files.createDirectory(home.resolve("kafka")));
    database = POSTGRES.newDatabase();
    keystore = new TestKeystore(home, database);
    keystore.environment().put("KEYSTORE_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap());
    keystore.start();
  }

  @AfterEach
  void stop() {
    keystore.close();
    kafka.close();
  }

  @Test
  void refusesAJournalThatIsOlderThanKafkasCopyAndNamesBothEndsAndTheWaysOut() {
    DatabaseSettings backup = backup();
    announceAndPublish(7);
    long head = keystore.events().size();

    restore(backup);

    assertThat(refusal())
        .isEqualTo(
            ("key log: rolled back: the journal ends at epoch %d, and Kafka topic"
                    + " rekey.keystore.key-log.v1 has epoch %d, signed with this log key (expected: a"
                    + " journal with every event that was ever given out; restore a younger backup, or"
                    + " start once with KEYSTORE_LOG_FROM_KAFKA=true to take the missing events from"
                    + " the topic; see docs/backup.md)")
                .formatted(head - 1, head));
  }

  @Test
  void takesTheMissingEventsFromKafkaWhenToldTo() {
    DatabaseSettings backup = backup();
    announceAndPublish(7);
    List<SignedKeyEvent> before = keystore.signedEvents();
    restore(backup);

    keystore.environment().put("KEYSTORE_LOG_FROM_KAFKA", "true");
    keystore.start();

    assertThat(keystore.signedEvents()).isEqualTo(before);
    assertThat(keystore.key("useradm", 7).getState()).isEqualTo(KeyState.KEY_STATE_ANNOUNCED);
    assertThat(keystore.kidMap().epoch()).as("the chain is whole").isEqualTo(before.size());
  }

  @Test
  void refusesAnotherHistoryUnderTheSameLogKey() {
    DatabaseSettings backup = backup();
    announceAndPublish(7);
    restore(backup);
    var bootstrap = keystore.environment().remove("KEYSTORE_KAFKA_BOOTSTRAP_SERVERS");
    keystore.place(8, KeyFiles.ed25519());
    keystore.start();
    keystore.stop();

    keystore.environment().put("KEYSTORE_KAFKA_BOOTSTRAP_SERVERS", String.valueOf(bootstrap));

    assertThat(refusal()).startsWith("key log: forked: epoch ").contains("docs/backup.md");
  }

  @Test
  void startsWithoutKafkaAndStopsSigningWhenKafkaIsBackWithALongerLog() {
    DatabaseSettings backup = backup();
    announceAndPublish(7);
    remove(7);
    restore(backup);
    kafka.stop();

    keystore.start();
    assertThat(keystore.signUser().getKid()).isZero();
    kafka.start();

    awaitThatItSignsNothing();
    assertThatThrownBy(() -> generate())
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("FAILED_PRECONDITION: key log: rolled back");
  }

  @Test
  void believesAVerifierThatHasTheEventAndNotOneThatOnlySaysSo() throws IOException {
    DatabaseSettings backup = backup();
    announceAndPublish(7);
    SignedKeyEvent newest = keystore.signedEvents().getLast();
    var ahead = keystore.upToDate("useradm-1");
    remove(7);
    restore(backup);
    keystore.environment().remove("KEYSTORE_KAFKA_BOOTSTRAP_SERVERS");
    keystore.start();

    assertThatThrownBy(() -> keystore.report("useradm", ahead))
        .hasMessageContaining("OUT_OF_RANGE");
    SignedKeyEvent forged =
        newest.toBuilder().setSignature(ByteString.copyFrom(new byte[64])).build();
    assertThatThrownBy(() -> keystore.report("useradm", ahead.setNewest(forged)))
        .hasMessageContaining("OUT_OF_RANGE");
    assertThat(keystore.signUser().getKid()).as("anybody can say so").isZero();

    assertThatThrownBy(() -> keystore.report("useradm", ahead.setNewest(newest)))
        .hasMessageContaining("OUT_OF_RANGE");
    awaitThatItSignsNothing();
  }

  private void awaitThatItSignsNothing() {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> keystore.signUser())
                    .hasMessageContaining("UNAVAILABLE: key log: rolled back"));
  }

  private DatabaseSettings backup() {
    keystore.stop();
    DatabaseSettings copy = POSTGRES.copyOf(database);
    keystore.start();
    return copy;
  }

  private void restore(DatabaseSettings backup) {
    keystore.stop();
    keystore.environment().putAll(PostgresExtension.environment("KEYSTORE", backup));
  }

  private void announceAndPublish(long kid) {
    keystore.place(kid, KeyFiles.ed25519());
    keystore.awaitState(kid, KeyState.KEY_STATE_ANNOUNCED);
    // A stop waits for nothing that is under way to Kafka.
    await().atMost(Duration.ofSeconds(30)).until(() -> published() == keystore.events().size());
  }

  private long published() throws Exception {
    try (var connection =
            java.sql.DriverManager.getConnection(database.url(), database.user(), "");
        var statement = connection.createStatement();
        var row = statement.executeQuery("SELECT epoch FROM keystore.publication")) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  /// So that an older journal has nothing to append at once.
  private void remove(long kid) {
    keystore.stop();
    try {
      Files.delete(keystore.file("useradm", "private.id." + kid + ".pem"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void generate() {
    var _ =
        keystore
            .admin()
            .generateKey(
                GenerateKeyRequest.newBuilder().setRing("useradm").setType("ed25519").build());
  }

  private String refusal() {
    return catchThrowableOfType(SettingsException.class, () -> keystore.start())
        .problems()
        .getFirst();
  }
}
