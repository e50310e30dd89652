package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.LogSigner;
import org.rekey.keystore.log.NewEvent;
import org.rekey.keystore.plan.TokenUsage;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.MutableClock;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.Purpose;

/// The rules of ADR 12 that [Verifiers] keeps, by their letters, and verifiers that are deaf, slow,
/// restarted or lie. Two keystores share a lease table and a journal, and each may be cut off.
class VerifiersTest {
  private static final Duration LEASE = Duration.ofSeconds(10);
  private static final Duration MOMENT = Duration.ofMillis(1);

  @TempDir static Path home;

  private final MutableClock clock = new MutableClock(Instant.parse("2026-01-01T00:00:00Z"));
  private final MemoryLeases leases = new MemoryLeases();
  private final MemoryJournal journal = new MemoryJournal();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final LogSigner signer = signer();
  private Keystore keystore;

  @BeforeEach
  void start() {
    keystore = new Keystore();
    keystore.announce(0);
  }

  @Nested
  class RuleA {
    @Test
    void writesWhoeverIsNewBeforeTheAnswer() {
      keystore.report("useradm-1");

      assertThat(leases.all()).extracting(VerifierReport::name).containsExactly("useradm-1");
    }

    @Test
    void writesANewEpochBeforeTheAnswer() {
      keystore.report("useradm-1");
      keystore.announce(1);
      clock.advance(MOMENT);
      keystore.report("useradm-1");

      assertThat(leases.all()).extracting(VerifierReport::epoch).containsExactly(2L);
    }

    @Test
    void doesNotAnswerWhoCannotBeWrittenDown() {
      leases.setAway(true);

      assertThat(keystore.report("useradm-1")).isEqualTo(Verifiers.Heard.NOT_WRITTEN);
      assertThat(keystore.verifiers.live()).isZero();
    }

    @Test
    void doesNotAnswerANewEpochThatCannotBeWrittenDown() {
      keystore.report("useradm-1");
      keystore.announce(1);
      leases.setAway(true);
      clock.advance(MOMENT);

      assertThat(keystore.report("useradm-1")).isEqualTo(Verifiers.Heard.NOT_WRITTEN);
    }

    @Test
    void letsARenewalWaitForTheBatchOnlyWhileTheTablesOwnWordIsYoung() {
      keystore.report("useradm-1");
      clock.advance(LEASE.dividedBy(4));
      keystore.report("useradm-1");
      assertThat(leases.saves()).isEqualTo(1);

      clock.advance(LEASE.dividedBy(4));
      keystore.report("useradm-1");

      assertThat(leases.saves()).isEqualTo(2);
      assertThat(leases.all().getFirst().reportedAt()).isEqualTo(clock.instant());
    }

    @Test
    void doesNotAnswerARenewalWhenTheTableHasNotHeardForTheLagAndIsAway() {
      keystore.report("useradm-1");
      leases.setAway(true);
      clock.advance(LEASE.dividedBy(2).minus(MOMENT));
      assertThat(keystore.report("useradm-1")).isEqualTo(Verifiers.Heard.TAKEN);
      clock.advance(MOMENT);

      assertThat(keystore.report("useradm-1")).isEqualTo(Verifiers.Heard.NOT_WRITTEN);
    }

    @Test
    void countsTheBatchThatWasWrittenAsTheTablesWord() {
      keystore.report("useradm-1");
      clock.advance(LEASE.dividedBy(4));
      keystore.report("useradm-1");
      keystore.verifiers.save();
      clock.advance(LEASE.dividedBy(4));
      keystore.report("useradm-1");

      assertThat(leases.saves()).isEqualTo(2);
    }

    @Test
    void writesWhoComesBackAfterALeaseBeforeTheAnswer() {
      keystore.report("useradm-1");
      clock.advance(LEASE);
      leases.setAway(true);

      assertThat(keystore.report("useradm-1")).isEqualTo(Verifiers.Heard.NOT_WRITTEN);
    }

    @Test
    void writesWhomOnlyAnotherKeystoreHasAnswered() {
      var other = new Keystore();
      other.report("useradm-1");
      keystore.verifiers.refresh();
      clock.advance(MOMENT);
      keystore.report("useradm-1");

      assertThat(leases.saves()).isEqualTo(2);
    }

    @Test
    void keepsWhatCouldNotBeWrittenForTheNextBatch() {
      keystore.report("useradm-1");
      clock.advance(LEASE.dividedBy(4));
      keystore.report("useradm-1");
      var newest = clock.instant();
      leases.setAway(true);
      assertThatThrownBy(keystore.verifiers::save).hasMessageContaining("away");
      leases.setAway(false);
      keystore.verifiers.save();

      assertThat(leases.all().getFirst().reportedAt()).isEqualTo(newest);
    }
  }

  @Nested
  class RuleB {
    @Test
    void waitsForAnotherKeystoresVerifierAsLongAsTheTableMayBeBehind() {
      var other = new Keystore();
      other.report("useradm-1");
      keystore.announce(1);
      var lag = LEASE.dividedBy(2);

      pass(LEASE.plus(lag).minus(MOMENT));
      assertThat(keystore.missing(1)).containsExactly("useradm-1");
      clock.advance(MOMENT);
      assertThat(keystore.missing(1)).isEmpty();
    }

    /// Another keystore may have answered a renewal that the table does not have: as long as the
    /// lag, whoever wrote the table's own word.
    @Test
    void waitsAsLongForAVerifierThatItHasAnsweredItself() {
      var other = new Keystore();
      other.report("useradm-1");
      clock.advance(MOMENT);
      keystore.report("useradm-1");
      clock.advance(LEASE.dividedBy(4));
      other.report("useradm-1");
      var renewed = clock.instant();
      keystore.announce(1);

      pass(Duration.between(clock.instant(), renewed.plus(LEASE).minus(MOMENT)));
      assertThat(keystore.missing(1)).containsExactly("useradm-1");
    }

    @Test
    void readsTheTableAfreshForEachDecision() {
      keystore.announce(1);
      new Keystore().reportAt(1, "useradm-1");

      assertThat(keystore.missing(1)).containsExactly("useradm-1");
    }

    @Test
    void decidesNothingWhenTheTableCannotBeRead() {
      leases.setAway(true);

      assertThatThrownBy(() -> keystore.missing(0)).hasMessageContaining("away");
    }

    @Test
    void goesOnWithoutAVerifierWhoseLeaseIsOver() {
      keystore.report("useradm-1");
      keystore.announce(1);
      pass(LEASE.multipliedBy(2));

      assertThat(keystore.missing(1)).isEmpty();
      assertThat(keystore.verifiers.all())
          .singleElement()
          .satisfies(verifier -> assertThat(verifier.live()).isFalse());
    }
  }

  @Nested
  class RuleC {
    @Test
    void knowsEverybodyBeforeTheFirstEventOfTheLog() {
      assertThat(keystore.missing(0)).isEmpty();
    }

    @Test
    void activatesNothingForALeaseAfterAStart() {
      var restarted = new Keystore();

      pass(LEASE.minus(MOMENT), restarted);
      assertThat(restarted.missing(0)).singleElement().asString().startsWith("verifiers that");
      clock.advance(MOMENT);
      assertThat(restarted.missing(0)).isEmpty();
    }

    @Test
    void activatesNothingForALeaseAfterAnOutageWasNoticedAndOver() {
      leases.setAway(true);
      assertThatThrownBy(keystore.verifiers::save).isInstanceOf(RuntimeException.class);
      clock.advance(LEASE.multipliedBy(3));
      leases.setAway(false);
      keystore.verifiers.save();

      pass(LEASE.minus(MOMENT));
      assertThat(keystore.missing(0)).isNotEmpty();
      clock.advance(MOMENT);
      assertThat(keystore.missing(0)).isEmpty();
    }

    @Test
    void activatesNothingBetweenTheEndOfAnOutageAndTheNextBatch() {
      leases.setAway(true);
      assertThatThrownBy(keystore.verifiers::save).isInstanceOf(RuntimeException.class);
      clock.advance(LEASE.multipliedBy(3));
      leases.setAway(false);

      assertThat(keystore.missing(0)).isNotEmpty();
    }

    @Test
    void activatesNothingAfterAReportThatCouldNotBeWrittenAlthoughEveryBatchCould() {
      leases.setAway(true);
      keystore.report("useradm-1");
      leases.setAway(false);
      keystore.verifiers.save();

      assertThat(keystore.missing(0)).isNotEmpty();
    }

    /// A network that swallowed packets and then let them through: nothing has failed, and nobody
    /// was heard.
    @Test
    void activatesNothingAfterABatchThatHungAndThenCameThrough() {
      leases.beforeNextSave(() -> clock.advance(LEASE.multipliedBy(2)));
      keystore.verifiers.save();

      assertThat(keystore.missing(0)).isNotEmpty();
      pass(LEASE);
      assertThat(keystore.missing(0)).isEmpty();
    }

    /// Suspended, or the clock was set forward: the leases are over because nobody was there.
    @Test
    void activatesNothingAfterItWasStoppedInItsTracks() {
      keystore.verifiers.save();
      clock.advance(LEASE.multipliedBy(2));

      assertThat(keystore.missing(0)).isNotEmpty();
      keystore.verifiers.save();
      assertThat(keystore.missing(0)).isNotEmpty();
    }

    @Test
    void goesOnActivatingWhileEveryBatchIsWritten() {
      for (int second = 0; second < 60; second++) {
        pass(Duration.ofSeconds(1));
        assertThat(keystore.missing(0)).isEmpty();
      }
    }
  }

  @Nested
  class RuleF {
    @Test
    void tellsWhoIsNewTheHeadAsItIsAfterItsLeaseWasWritten() {
      var other = new Keystore();
      leases.beforeNextSave(() -> other.announce(1));
      keystore.report("useradm-1");

      assertThat(keystore.history.head()).isEqualTo(2);
    }

    @Test
    void doesNotAnswerWhoIsNewWhenTheJournalCannotBeRead() {
      journal.setAway(true);

      assertThat(keystore.report("useradm-1")).isEqualTo(Verifiers.Heard.NOT_WRITTEN);
    }

    @Test
    void readsTheHeadForWhomOnlyAnotherKeystoreHasAnswered() {
      var other = new Keystore();
      other.report("useradm-1");
      keystore.verifiers.refresh();
      other.announce(1);
      clock.advance(MOMENT);
      keystore.report("useradm-1");

      assertThat(keystore.history.head()).isEqualTo(2);
    }

    @Test
    void answersARenewalWhileTheJournalCannotBeRead() {
      keystore.report("useradm-1");
      journal.setAway(true);
      clock.advance(MOMENT);

      assertThat(keystore.report("useradm-1")).isEqualTo(Verifiers.Heard.TAKEN);
    }
  }

  @Nested
  class Lies {
    @Test
    void refusesAnEpochBeyondTheLogAndRaisesAnAlarm() {
      assertThat(keystore.reportAt(7, "useradm-1")).isEqualTo(Verifiers.Heard.AHEAD);
      assertThat(alarms("verifier-ahead")).isEqualTo(1);
      assertThat(leases.all()).isEmpty();
    }

    @Test
    void doesNotCallAVerifierALiarThatOnlyHeardOfAnEventEarlier() {
      var other = new Keystore();
      other.announce(1);
      var report = report("useradm-1", 2, other.keySetHash(), List.of("EdDSA"), null);

      assertThat(keystore.take(report)).isEqualTo(Verifiers.Heard.TAKEN);
      assertThat(alarms("verifier-ahead")).isZero();
    }

    @Test
    void cannotTellALiarWhileTheJournalIsAway() {
      journal.setAway(true);

      assertThat(keystore.reportAt(7, "useradm-1")).isEqualTo(Verifiers.Heard.NOT_WRITTEN);
      assertThat(alarms("verifier-ahead")).isZero();
    }

    @Test
    void waitsForAVerifierThatHoldsAnotherKeySetAndRaisesOneAlarm() {
      keystore.announce(1);
      keystore.take(report("useradm-1", 2, KidMap.empty().keySetHash(), List.of("EdDSA"), null));
      clock.advance(MOMENT);
      keystore.take(report("useradm-1", 2, KidMap.empty().keySetHash(), List.of("EdDSA"), null));

      assertThat(keystore.acks.readiness(2, Alg.EDDSA).verifiers())
          .singleElement()
          .satisfies(one -> assertThat(one.why()).startsWith("holds other keys"));
      assertThat(alarms("verifier-diverged")).isEqualTo(1);
    }

    @Test
    void doesNotCallAVerifierDivergedThatOnlyKnowsMoreThanThisKeystore() {
      var other = new Keystore();
      other.announce(1);
      other.report("useradm-1");

      assertThat(keystore.missing(1)).isEmpty();
      assertThat(keystore.verifiers.all())
          .extracting(Verifiers.Verifier::diverged)
          .containsOnly(false);
    }

    @Test
    void waitsForAVerifierThatCanDoLessThanBefore() {
      keystore.report("useradm-1");
      assertThat(keystore.missing(0)).isEmpty();
      clock.advance(MOMENT);
      keystore.take(report("useradm-1", 1, keystore.keySetHash(), List.of("RS256"), null));

      assertThat(keystore.missing(0)).containsExactly("useradm-1");
    }

    @Test
    void waitsForARestartedVerifierThatBeginsAtTheStart() {
      keystore.report("useradm-1");
      clock.advance(MOMENT);
      keystore.take(report("useradm-1", 0, KidMap.empty().keySetHash(), List.of("EdDSA"), null));

      assertThat(keystore.missing(0)).containsExactly("useradm-1");
    }

    @Test
    void takesTheLastWordOfTwoProcessesUnderOneName() {
      keystore.announce(1);
      keystore.report("useradm-1");
      clock.advance(MOMENT);
      keystore.take(report("useradm-1", 0, KidMap.empty().keySetHash(), List.of("EdDSA"), null));

      assertThat(keystore.missing(1)).containsExactly("useradm-1");
    }

    @Test
    void keepsTwoCallersWithOneNameApart() {
      keystore.report("replica-1");
      keystore.verifiers.report(
          new VerifierReport(
              "gateway",
              "replica-1",
              0,
              hex(KidMap.empty().keySetHash()),
              List.of("EdDSA"),
              List.of(),
              null,
              List.of(),
              Duration.ZERO,
              clock.instant()));

      assertThat(keystore.verifiers.all()).hasSize(2);
      assertThat(keystore.missing(0)).containsExactly("replica-1");
    }

    /// The first one hung in the database, its verifier gave up and reported again.
    @Test
    void doesNotLetAReportThatWasHeldUpUndoAYoungerOne() {
      keystore.report("useradm-1");
      keystore.announce(1);
      clock.advance(MOMENT);
      var slow = report("useradm-1", 0, KidMap.empty().keySetHash(), List.of("EdDSA"), null);
      leases.beforeNextSave(
          () -> {
            clock.advance(MOMENT);
            keystore.report("useradm-1");
          });
      keystore.take(slow);

      assertThat(keystore.missing(1)).isEmpty();
      assertThat(keystore.verifiers.all())
          .extracting(verifier -> verifier.report().epoch())
          .containsExactly(2L);
    }
  }

  @Nested
  class Counts {
    @Test
    void hasNoneOfAVerifierThatDidNotCount() {
      keystore.report("useradm-1");

      assertThat(keystore.counts.counted("useradm", 0)).isEmpty();
    }

    @Test
    void takesNoOtherCallersWord() {
      keystore.verifiers.report(
          new VerifierReport(
              "gateway",
              "gateway-1",
              1,
              hex(keystore.keySetHash()),
              List.of("EdDSA"),
              List.of(usage(0, 0, false)),
              clock.instant(),
              List.of(),
              Duration.ZERO,
              clock.instant()));

      assertThat(keystore.counts.counted("useradm", 0)).isEmpty();
    }

    @Test
    void takesTheYoungestOfAllReplicas() {
      keystore.take(counted("useradm-1", usage(0, 3, false)));
      clock.advance(MOMENT);
      keystore.take(counted("useradm-2", usage(0, 1, false)));

      assertThat(tokens(0)).isEqualTo(1);
    }

    @Test
    void addsWhatMayHangOnAnyKey() {
      keystore.take(counted("useradm-1", usage(0, 3, false), usage(0, 4, true)));

      assertThat(tokens(0)).isEqualTo(7);
      assertThat(tokens(5)).isEqualTo(4);
    }

    @Test
    void addsUpWhatAReportSaysTwiceOfOneKey() {
      keystore.take(counted("useradm-1", usage(7, 0, false), usage(7, 3, false)));

      assertThat(tokens(7)).isEqualTo(3);
    }

    @Test
    void neverTakesACountOfTheFuture() {
      var ahead = clock.instant().plus(Duration.ofDays(1));
      keystore.take(
          report(
              "useradm-1", 1, keystore.keySetHash(), List.of("EdDSA"), ahead, usage(0, 0, false)));

      assertThat(keystore.counts.counted("useradm", 0)).isEmpty();
    }

    @Test
    void neverCountsBelowZeroWhateverOverflows() {
      keystore.take(
          counted(
              "useradm-1",
              new TokenUsage(
                  "useradm",
                  0,
                  Long.MAX_VALUE,
                  Long.MAX_VALUE,
                  2,
                  null,
                  false,
                  1,
                  List.of(),
                  false)));

      assertThat(tokens(0)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void asksForACountUntilOneHasBegunAfterTheQuestion() throws Exception {
      keystore.take(counted("useradm-1"));
      clock.advance(MOMENT);
      assertThat(keystore.counts.await("useradm", Duration.ZERO)).isFalse();

      clock.advance(MOMENT);
      var old =
          report(
              "useradm-1",
              1,
              keystore.keySetHash(),
              List.of("EdDSA"),
              clock.instant().minus(MOMENT.multipliedBy(2)));
      assertThat(keystore.counts.wants(old)).isTrue();
      assertThat(keystore.counts.wants(counted("useradm-1"))).isFalse();
    }

    private long tokens(long kid) {
      return keystore.counts.counted("useradm", kid).orElseThrow().usage().tokens();
    }
  }

  /// Time goes by, and every second a batch is written.
  private void pass(Duration duration) {
    pass(duration, keystore);
  }

  private void pass(Duration duration, Keystore writer) {
    var end = clock.instant().plus(duration);
    while (clock.instant().isBefore(end)) {
      var left = Duration.between(clock.instant(), end);
      var second = Duration.ofSeconds(1);
      clock.advance(left.compareTo(second) < 0 ? left : second);
      writer.verifiers.save();
    }
  }

  private double alarms(String kind) {
    return meters.get("rekey.keystore.alarms").tag("kind", kind).counter().count();
  }

  private VerifierReport counted(String name, TokenUsage... usage) {
    return report(name, 1, keystore.keySetHash(), List.of("EdDSA"), clock.instant(), usage);
  }

  private VerifierReport report(
      String name,
      long epoch,
      byte[] keySetHash,
      List<String> algs,
      @Nullable Instant countedAt,
      TokenUsage... usage) {
    return new VerifierReport(
        "useradm",
        name,
        epoch,
        hex(keySetHash),
        algs,
        List.of(usage),
        countedAt,
        List.of(),
        Duration.ZERO,
        clock.instant());
  }

  private static TokenUsage usage(long kid, long sessions, boolean anyKid) {
    return new TokenUsage("useradm", kid, sessions, 0, 0, null, false, sessions, List.of(), anyKid);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static LogSigner signer() {
    return LogSigner.read(
        "LOG_KEY", KeyFiles.write(home.resolve("log.pem"), KeyFiles.pkcs8(KeyFiles.ed25519())));
  }

  /// One keystore: what it remembers of a journal and a lease table that others write too.
  private final class Keystore {
    final KeyHistory history = KeyHistory.open(journal, signer, clock);
    final Verifiers verifiers = new Verifiers(leases, history, new Alarms(meters), clock, LEASE);
    final Acks acks = new Acks(history, verifiers);
    final UsageCounts counts = new UsageCounts(verifiers, clock);

    void announce(long kid) {
      KeyPair pair = KeyFiles.ed25519();
      history.append(
          _ ->
              Optional.of(
                  new NewEvent(
                      "useradm",
                      kid,
                      new Author(Author.FILE, "/keys", ""),
                      new KeyChange.Added(
                          pair.getPublic(),
                          Alg.EDDSA,
                          Thumbprint.of(pair.getPublic()),
                          "mender.useradm",
                          Purpose.USER))));
    }

    byte[] keySetHash() {
      return history.map().keySetHash();
    }

    /// A verifier that has applied all that this keystore knows.
    Verifiers.Heard report(String name) {
      return reportAt(history.head(), name);
    }

    Verifiers.Heard reportAt(long epoch, String name) {
      return take(
          VerifiersTest.this.report(name, epoch, keySetHashAt(epoch), List.of("EdDSA"), null));
    }

    Verifiers.Heard take(VerifierReport report) {
      return verifiers.report(report);
    }

    /// Who is in the way of a key's activation.
    List<String> missing(long kid) {
      return acks.readinessEverywhere(history.announcedAt("useradm", kid), Alg.EDDSA).missing();
    }

    private byte[] keySetHashAt(long epoch) {
      var map = KidMap.empty();
      for (var signed : history.after(0, 100)) {
        if (map.epoch() < epoch) {
          map = map.apply(event(signed)).map();
        }
      }
      return map.keySetHash();
    }
  }

  private static org.rekey.proto.keystore.v1.KeyEvent event(
      org.rekey.proto.keystore.v1.SignedKeyEvent signed) {
    try {
      return org.rekey.proto.keystore.v1.KeyEvent.parseFrom(signed.getEvent());
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
