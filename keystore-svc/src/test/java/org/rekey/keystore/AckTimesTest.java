package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.LogSigner;
import org.rekey.keystore.log.NewEvent;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.MutableClock;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.Purpose;

class AckTimesTest {
  @TempDir Path home;
  private final MutableClock clock = new MutableClock(Instant.parse("2026-11-24T12:00:00Z"));
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private KeyHistory history;
  private Verifiers verifiers;

  @BeforeEach
  void open() {
    var signer =
        LogSigner.read(
            "LOG_KEY", KeyFiles.write(home.resolve("log.pem"), KeyFiles.pkcs8(KeyFiles.ed25519())));
    history = KeyHistory.open(new MemoryJournal(), signer, clock);
    verifiers =
        new Verifiers(
            new MemoryLeases(), history, new Alarms(meters), clock, Duration.ofSeconds(10));
    new AckTimes(history, verifiers, new Acks(history, verifiers), clock, meters).start();
    report("slow");
    report("quick");
  }

  @Test
  void tellsHowLongTheLastVerifierTook() {
    announce(1);
    clock.advance(Duration.ofMillis(20));
    report("quick");
    assertThat(meters.find("rekey.keystore.acked").timer()).isNull();

    clock.advance(Duration.ofMillis(480));
    report("slow");

    var timer = meters.get("rekey.keystore.acked").tag("change", "key-added").timer();
    assertThat(timer.count()).isEqualTo(1);
    assertThat(timer.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(500);
  }

  @Test
  void waitsForNobodyWhoseLeaseIsOver() {
    clock.advance(Duration.ofSeconds(9));
    report("quick");
    announce(1);
    clock.advance(Duration.ofSeconds(8));
    report("quick");

    var timer = meters.get("rekey.keystore.acked").timer();
    assertThat(timer.totalTime(TimeUnit.SECONDS)).isEqualTo(8);
  }

  @Test
  void tellsOfEachEventOnceThoughOneAckIsForAll() {
    announce(1);
    announce(2);
    clock.advance(Duration.ofSeconds(1));
    report("quick");
    report("slow");
    clock.advance(Duration.ofSeconds(1));
    report("quick");

    assertThat(meters.get("rekey.keystore.acked").timer().count()).isEqualTo(2);
  }

  @Test
  void doesNotTakeTheWordOfAVerifierThatHoldsOtherKeys() {
    announce(1);
    report("quick");
    report("slow", KidMap.empty().keySetHash());
    assertThat(meters.find("rekey.keystore.acked").timer()).isNull();

    clock.advance(Duration.ofSeconds(1));
    report("slow");

    assertThat(meters.get("rekey.keystore.acked").timer().totalTime(TimeUnit.SECONDS)).isEqualTo(1);
  }

  private void report(String name) {
    report(name, history.map().keySetHash());
  }

  private void report(String name, byte[] keySetHash) {
    var heard =
        verifiers.report(
            new VerifierReport(
                "gateway",
                name,
                history.head(),
                HexFormat.of().formatHex(keySetHash),
                List.of("EdDSA"),
                List.of(),
                null,
                List.of(),
                Duration.ZERO,
                clock.instant()));
    assertThat(heard).isEqualTo(Verifiers.Heard.TAKEN);
  }

  private void announce(long kid) {
    var key = KeyFiles.ed25519().getPublic();
    history.append(
        _ ->
            Optional.of(
                new NewEvent(
                    "useradm",
                    kid,
                    new Author(Author.FILE, "/keys", ""),
                    new KeyChange.Added(
                        key, Alg.EDDSA, Thumbprint.of(key), "mender.useradm", Purpose.USER))));
  }
}
