package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.LogSigner;
import org.rekey.keystore.log.NewEvent;
import org.rekey.keystore.plan.Readiness;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.MutableClock;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.map.Purpose;
import org.rekey.verifier.map.Withdrawal;

/// What verifiers elsewhere are owed: they hold no lease, so only time can be given to them.
class KeyReadinessTest {
  private static final Duration LEASE = Duration.ofSeconds(10);
  private static final Duration NOTICE = Duration.ofMinutes(5);

  @TempDir static Path home;

  private final MutableClock clock = new MutableClock(Instant.parse("2026-01-01T00:00:00Z"));
  private final KeyHistory history =
      KeyHistory.open(
          new MemoryJournal(),
          LogSigner.read(
              "LOG_KEY",
              KeyFiles.write(home.resolve("log.pem"), KeyFiles.pkcs8(KeyFiles.ed25519()))),
          clock);
  private final Verifiers verifiers =
      new Verifiers(
          new MemoryLeases(), history, new Alarms(new SimpleMeterRegistry()), clock, LEASE);
  private final KeyPair pair = KeyFiles.ed25519();
  private final KeyReadiness ready =
      new KeyReadiness(history, new Acks(history, verifiers), NOTICE, clock);

  @BeforeEach
  void oneKeySigns() {
    announce(0);
    activate(0, null);
    clock.advance(NOTICE.multipliedBy(2));
    announce(1);
  }

  @Test
  void aKeyWaitsUntilItHasBeenPublishedLongEnough() {
    clock.advance(Duration.ofSeconds(40));
    assertThat(of(1).notice()).isEqualTo(new Readiness.Notice(Duration.ofSeconds(40), NOTICE));

    clock.advance(NOTICE.minusSeconds(40));
    assertThat(of(1).notice()).isNull();
  }

  @Test
  void saysWhatIsInTheWay() {
    Readiness waiting =
        new Readiness(2, List.of(), null, new Readiness.Notice(Duration.ofSeconds(40), NOTICE));

    assertThat(waiting.isComplete()).isFalse();
    assertThat(waiting.obstacle())
        .isEqualTo("published for 40 s of 300 s (KEYSTORE_MIN_ANNOUNCED)");
    assertThat(waiting.missing())
        .containsExactly("verifiers elsewhere, which may not have fetched the key yet");
    assertThat(waiting.with(null).isComplete()).isTrue();
    assertThat(waiting.with(null).obstacle()).isEmpty();
  }

  @Test
  void theTimeBeginsAnewWithANewAnnouncement() {
    clock.advance(NOTICE);
    retire(1);
    announce(1);

    assertThat(of(1).notice()).isNotNull();
  }

  @Test
  void aKeyThatHasSignedBeforeIsKnownAlready() {
    clock.advance(NOTICE);
    activate(1, 0L);

    assertThat(of(0).notice()).isNull();
  }

  @Test
  void aRingWithoutAKeyThatSignsDoesNotWait() {
    assertThat(of(1).notice()).isNotNull();
    retire(0);

    assertThat(of(1).notice()).isNull();
  }

  @Test
  void whoIsElsewhereIsNotWaitedForWhereNobodyIs() {
    KeyReadiness nobodyElsewhere =
        new KeyReadiness(history, new Acks(history, verifiers), Duration.ZERO, clock);

    assertThat(nobodyElsewhere.of(history.map().find("useradm", 1).orElseThrow()).notice())
        .isNull();
  }

  @Test
  void aClockThatIsAheadDoesNotShortenTheTime() {
    clock.advance(Duration.ofSeconds(-30));

    assertThat(of(1).obstacle()).contains("published for 0 s of 300 s");
  }

  private Readiness of(long kid) {
    return ready.of(history.map().find("useradm", kid).orElseThrow());
  }

  private void announce(long kid) {
    add(kid, kid == 1 ? pair : KeyFiles.ed25519());
  }

  private void add(long kid, KeyPair keys) {
    append(
        kid,
        new KeyChange.Added(
            keys.getPublic(),
            Alg.EDDSA,
            Thumbprint.of(keys.getPublic()),
            "mender.useradm",
            Purpose.USER));
  }

  private void activate(long kid, @Nullable Long replaced) {
    append(kid, new KeyChange.Activated(replaced, List.of()));
  }

  private void retire(long kid) {
    append(kid, new KeyChange.Retired(Withdrawal.FILE_REMOVED, null, null, false));
  }

  private void append(long kid, KeyChange change) {
    history.append(
        _ ->
            Optional.of(
                new NewEvent("useradm", kid, new Author(Author.FILE, "/keys", ""), change)));
  }
}
