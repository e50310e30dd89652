package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.keystore.files.FileNamePattern;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.LogSigner;
import org.rekey.keystore.log.NewEvent;
import org.rekey.keystore.pkcs11.Tokens;
import org.rekey.pkcs11.Passphrase;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.MutableClock;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.map.KeyState;
import org.rekey.verifier.map.Purpose;
import org.slf4j.LoggerFactory;

/// Two keystores with a copy each of one ring's directory, and one journal.
class RingKeeperTest {
  private static final KeyPair SEVEN = KeyFiles.ed25519();

  @TempDir Path home;

  private final MutableClock clock = new MutableClock(Instant.parse("2026-01-01T00:00:00Z"));
  private final MemoryJournal journal = new MemoryJournal();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private LogSigner signer;
  private Copy one;
  private Copy other;

  @BeforeEach
  void start() {
    signer =
        LogSigner.read(
            "LOG_KEY", KeyFiles.write(home.resolve("log.pem"), KeyFiles.pkcs8(KeyFiles.ed25519())));
    var zero = KeyFiles.ed25519();
    one = new Copy("one", zero, true);
    one.look();
    one.append(0, new KeyChange.Activated(null, java.util.List.of()));
    other = new Copy("other", zero, false);
    other.look();
  }

  @Test
  void takesAFileInBothCopiesForOneKey() {
    one.place(7, SEVEN);
    other.place(7, SEVEN);
    one.look();
    other.look();

    assertThat(one.history.head()).isEqualTo(3);
    assertThat(other.keeper.loaded(7)).isPresent();
  }

  @Test
  void bringsNoKeyBackThatWasRemovedFromTheOtherCopy() {
    placeInBoth();

    one.remove(7);
    lookInTurns();

    assertThat(one.state(7)).isEqualTo(KeyState.RETIRED);
    assertThat(one.history.head()).isEqualTo(4);
    assertThat(other.keeper.notes()).singleElement().asString().contains("kid 7", "remove it");
  }

  @Test
  void bringsNoKeyBackAlthoughItWasThereWhenItStartedAlone() {
    one.place(7, SEVEN);
    one.look();
    other.place(7, SEVEN);
    other.look();

    other.remove(7);
    lookInTurns();

    assertThat(one.state(7)).isEqualTo(KeyState.RETIRED);
    assertThat(one.history.head()).isEqualTo(4);
  }

  @Test
  void bringsAKeyBackWhoseFileIsPutInAgainAfterItWentFromTheOtherCopy() {
    placeInBoth();
    one.remove(7);
    lookInTurns();

    other.remove(7);
    lookInTurns();
    other.place(7, SEVEN);
    lookInTurns();

    assertThat(one.state(7)).isEqualTo(KeyState.ANNOUNCED);
    assertThat(one.history.head()).isEqualTo(5);
  }

  @Test
  void takesNoKeyAwayAgainThatIsBackInTheOtherCopy() {
    placeInBoth();
    one.remove(7);
    lookInTurns();
    other.remove(7);
    lookInTurns();

    one.place(7, SEVEN);
    lookInTurns();

    assertThat(one.state(7)).isEqualTo(KeyState.ANNOUNCED);
    assertThat(one.history.head()).isEqualTo(5);
    assertThat(other.keeper.notes()).singleElement().asString().contains("copy it to");
  }

  @Test
  void obeysARemovalLaterThatTheJournalDidNotTake() {
    placeInBoth();
    one.remove(7);
    journal.setAway(true);
    assertThatThrownBy(() -> one.keeper.tick(clock.instant())).hasMessageContaining("away");
    journal.setAway(false);

    lookInTurns();

    assertThat(one.state(7)).isEqualTo(KeyState.RETIRED);
  }

  @Test
  void bringsAKeyBackWhenItsFileThatCameBadIsMended() {
    placeInBoth();
    one.remove(7);
    lookInTurns();
    var file = KeyFiles.place(one.file(7), KeyFiles.pkcs8(SEVEN));
    KeyFiles.withPermissions(file, "rw-rw-rw-");
    lookInTurns();
    assertThat(one.state(7)).isEqualTo(KeyState.RETIRED);

    KeyFiles.withPermissions(file, "rw-------");
    lookInTurns();

    assertThat(one.state(7)).isEqualTo(KeyState.ANNOUNCED);
  }

  /// Both were told to generate: one was first, and the other one's key must never sign under the
  /// kid that it lost.
  @Test
  void neverSignsWithAKeyWhoseKidAnotherKeystoreTookFirst() {
    one.place(8, KeyFiles.ed25519());
    other.place(8, KeyFiles.ed25519());
    other.settle();
    journal.beforeNextAppend(() -> one.look());
    other.look();
    assertThat(one.keeper.loaded(8)).isPresent();

    assertThat(other.keeper.loaded(8)).isEmpty();
    one.append(8, new KeyChange.Activated(0L, java.util.List.of()));
    lookInTurns();
    assertThat(other.history.map().active("useradm").orElseThrow().kid()).isEqualTo(8);
    assertThat(other.keeper.signing()).isEmpty();
    assertThat(other.keeper.findings())
        .extracting(finding -> finding.rule().id())
        .contains("id-taken");
  }

  @Test
  void raisesAnAlarmWhenTheFileOfAHeldKeyGoes() {
    placeInBoth();
    one.append(7, new KeyChange.Held());
    one.remove(7);
    lookInTurns();

    assertThat(one.state(7)).isEqualTo(KeyState.RETIRED);
    assertThat(
            meters.get("rekey.keystore.alarms").tag("kind", "held-key-removed").counter().count())
        .isEqualTo(1);
  }

  @Test
  void leavesAloneWhatAnotherKeystoreHasAndItNeverHad() {
    one.place(7, SEVEN);
    lookInTurns();

    assertThat(one.state(7)).isEqualTo(KeyState.ANNOUNCED);
    assertThat(other.keeper.notes())
        .singleElement()
        .asString()
        .contains("kid 7 is ANNOUNCED and has no file here");
  }

  @Test
  void saysOnceOfEveryPrivateKeyThatItCanSignAndShowsNothingOfIt() {
    var logger = (Logger) LoggerFactory.getLogger(RingKeeper.class);
    var lines = new ListAppender<ILoggingEvent>();
    lines.start();
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
    try {
      one.place(7, SEVEN);
      one.look();
      one.look();
    } finally {
      logger.setLevel(null);
      logger.detachAppender(lines);
    }

    assertThat(lines.list)
        .filteredOn(line -> line.getMessage().equals("A private key can sign"))
        .singleElement()
        .satisfies(
            line ->
                assertThat(line.getKeyValuePairs())
                    .extracting(pair -> pair.key + "=" + pair.value)
                    .containsExactly(
                        "ring=useradm",
                        "keyId=7",
                        "thumbprint=" + Thumbprint.of(SEVEN.getPublic()),
                        "store=file",
                        "file=" + one.file(7)));
  }

  private void placeInBoth() {
    one.place(7, SEVEN);
    other.place(7, SEVEN);
    lookInTurns();
    assertThat(one.history.head()).isEqualTo(3);
  }

  private void lookInTurns() {
    for (int turn = 0; turn < 4; turn++) {
      one.look();
      other.look();
    }
    one.look();
  }

  private final class Copy {
    final Path directory;
    final KeyHistory history = KeyHistory.open(journal, signer, clock);
    final RingKeeper keeper;

    Copy(String name, KeyPair zero, boolean alone) {
      directory = home.resolve(name);
      try {
        Files.createDirectory(directory);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      var file = KeyFiles.place(directory.resolve("private.pem"), KeyFiles.pkcs8(zero));
      var ring =
          new KeyRing(
              "useradm",
              "USERADM",
              directory,
              FileNamePattern.of("PATTERN", "private\\.id\\.([0-9]*)\\.pem"),
              file,
              file,
              0,
              "mender.useradm",
              Purpose.USER,
              Passphrase.none(),
              Optional.empty(),
              false);
      var alarms = new Alarms(meters);
      var verifiers =
          new Verifiers(new MemoryLeases(), history, alarms, clock, Duration.ofSeconds(10));
      var counts = new UsageCounts(verifiers, clock);
      keeper = new RingKeeper(ring, Tokens.none(), history, counts, alarms, () -> alone);
    }

    Path file(long kid) {
      return directory.resolve("private.id." + kid + ".pem");
    }

    void place(long kid, KeyPair pair) {
      KeyFiles.place(file(kid), KeyFiles.pkcs8(pair));
    }

    void remove(long kid) {
      try {
        Files.delete(file(kid));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /// Sees what is there, so that the next look finds it settled, and appends nothing yet.
    void settle() {
      keeper.look(clock.instant());
      clock.advance(Duration.ofSeconds(10));
    }

    void look() {
      settle();
      history.refresh();
      keeper.tick(clock.instant());
    }

    KeyState state(long kid) {
      history.refresh();
      return history.map().find("useradm", kid).orElseThrow().state();
    }

    void append(long kid, KeyChange change) {
      history.refresh();
      history.append(
          _ -> Optional.of(new NewEvent("useradm", kid, new Author("operator", "", ""), change)));
    }
  }
}
