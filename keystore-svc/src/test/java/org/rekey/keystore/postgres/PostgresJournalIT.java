package org.rekey.keystore.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.LogSigner;
import org.rekey.keystore.log.NewEvent;
import org.rekey.runtime.db.Database;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.map.Purpose;

class PostgresJournalIT {
  private static final int KEYS = 40;

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @TempDir Path home;

  @Test
  void letsTwoKeystoresAppendAtOnceWithoutAGapAForkOrADoubleEvent() throws Exception {
    var settings = POSTGRES.newDatabase();
    var signer =
        LogSigner.read(
            "LOG_KEY", KeyFiles.write(home.resolve("log.pem"), KeyFiles.pkcs8(KeyFiles.ed25519())));
    var pairs = LongStream.range(0, KEYS).mapToObj(_ -> KeyFiles.ed25519()).toList();
    try (var database = Database.open(settings, "keystore", new SimpleMeterRegistry());
        var threads = Executors.newFixedThreadPool(2)) {
      var journal = new PostgresJournal(database.jdbi());
      var start = new CyclicBarrier(2);
      Callable<Integer> keystore =
          () -> {
            var history = KeyHistory.open(journal, signer, InstantSource.system());
            start.await();
            var mine = 0;
            for (int kid = 0; kid < KEYS; kid++) {
              mine += announce(history, kid, pairs.get(kid)) ? 1 : 0;
            }
            return mine;
          };

      var one = threads.submit(keystore);
      var other = threads.submit(keystore);

      assertThat(one.get() + other.get()).isEqualTo(KEYS);
      var proven = KeyHistory.open(journal, signer, InstantSource.system());
      assertThat(proven.head()).isEqualTo(KEYS);
      assertThat(proven.map().keys("useradm")).hasSize(KEYS);
    }
  }

  @Test
  void refusesAnEpochThatIsTaken() {
    var settings = POSTGRES.newDatabase();
    try (var database = Database.open(settings, "keystore", new SimpleMeterRegistry())) {
      var journal = new PostgresJournal(database.jdbi());
      var event = org.rekey.proto.keystore.v1.SignedKeyEvent.getDefaultInstance();

      assertThat(journal.append(1, event)).isTrue();
      assertThat(journal.append(1, event)).isFalse();
      assertThat(journal.after(0)).isEqualTo(List.of(event));
    }
  }

  private static boolean announce(KeyHistory history, long kid, KeyPair pair) {
    var key = pair.getPublic();
    return history
        .append(
            map ->
                map.find("useradm", kid).isPresent()
                    ? Optional.empty()
                    : Optional.of(
                        new NewEvent(
                            "useradm",
                            kid,
                            new Author(Author.FILE, "/keys", ""),
                            new KeyChange.Added(
                                key,
                                Alg.EDDSA,
                                Thumbprint.of(key),
                                "mender.useradm",
                                Purpose.USER))))
        .isPresent();
  }
}
