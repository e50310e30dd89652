package org.rekey.deviceauth;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.rekey.deviceauth.Installation.together;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rekey.testkit.PostgresExtension;
import org.rekey.verifier.serve.LastUses;

class CheckInsIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  private static final Duration PAUSE = Duration.ofMinutes(5);
  private static final int DEVICES = 2500;

  private final AtomicInteger batches = new AtomicInteger();
  private final AtomicInteger uses = new AtomicInteger();
  private Domain domain;

  @BeforeEach
  void open() {
    domain = new Domain(POSTGRES, Domain.NO_LIMITS);
    domain.jdbi.useHandle(
        handle ->
            handle.execute(
                """
                INSERT INTO device
                SELECT 'd' || n, '{"n":1}', sha256(n::text::bytea), 'accepted', now(), now()
                FROM generate_series(1, ?) AS n
                """,
                DEVICES));
  }

  @AfterEach
  void close() {
    domain.close();
  }

  private LastUses lastUses() {
    return new LastUses(
        (due, pause) -> {
          batches.incrementAndGet();
          uses.addAndGet(due.size());
          domain.stores.checkIns().note(due, pause);
        },
        PAUSE,
        100_000,
        domain.clock);
  }

  private long noted() {
    return domain.number("SELECT count(*) FROM check_in");
  }

  private Instant at(String id) {
    Instant at = domain.stores.devices().get(id).orElseThrow().checkInAt();
    return requireNonNull(at);
  }

  @Test
  void manyUsesAreFewWrites() {
    try (LastUses checkIns = lastUses()) {
      for (int times = 0; times < 20; times++) {
        for (int n = 1; n <= DEVICES; n++) {
          checkIns.used("d" + n);
        }
      }
      assertThat(noted()).isZero();
      checkIns.flush();
      assertThat(noted()).isEqualTo(DEVICES);
      assertThat(batches).hasValue(3);
      assertThat(uses).hasValue(DEVICES);
      assertThat(at("d1")).isEqualTo(domain.clock.instant());
      assertThat(domain.number("SELECT count(*) FROM outbox")).isEqualTo(DEVICES);
    }
  }

  @Test
  void whatIsBusyIsWrittenAgainAfterAWhileOnly() {
    Instant start = domain.clock.instant();
    try (LastUses checkIns = lastUses()) {
      for (int second = 0; second < 660; second += 30) {
        checkIns.used("d7");
        checkIns.flush();
        domain.clock.advance(Duration.ofSeconds(30));
      }
    }
    assertThat(batches.get()).isBetween(3, 4);
    assertThat(at("d7")).isAfterOrEqualTo(start.plus(PAUSE.multipliedBy(2)));
    assertThat(domain.number("SELECT count(*) FROM outbox")).isEqualTo(1);
  }

  @Test
  void closingWritesWhatIsNotWrittenYet() {
    try (LastUses checkIns = lastUses()) {
      checkIns.used("d1");
      checkIns.used("d2");
      checkIns.used("gone");
    }
    assertThat(noted()).isEqualTo(2);
  }

  @Test
  void whatCouldNotBeWrittenIsWrittenLater() {
    try (LastUses checkIns = lastUses()) {
      checkIns.used("d1");
      domain.jdbi.useHandle(handle -> handle.execute("ALTER TABLE check_in RENAME TO away"));
      assertThatThrownBy(checkIns::flush).isNotNull();
      domain.jdbi.useHandle(handle -> handle.execute("ALTER TABLE away RENAME TO check_in"));
      checkIns.flush();
      assertThat(noted()).isEqualTo(1);
    }
  }

  @Test
  void replicasThatNoteTheSameDevicesTellOfEachOnce() {
    Map<String, Instant> due = new HashMap<>();
    for (int n = 1; n <= 500; n++) {
      due.put("d" + n, domain.clock.instant());
    }
    assertThat(
            together(
                8,
                () -> {
                  domain.stores.checkIns().note(due, PAUSE);
                  return true;
                }))
        .hasSize(8);
    assertThat(noted()).isEqualTo(500);
    assertThat(domain.number("SELECT count(*) FROM outbox")).isEqualTo(500);
    assertThat(domain.number("SELECT count(DISTINCT key) FROM outbox")).isEqualTo(500);
  }

  @Test
  void devicesMayGoMeanwhile() {
    Map<String, Instant> due = new HashMap<>();
    for (int n = 1; n <= 200; n++) {
      due.put("d" + n, domain.clock.instant());
    }
    AtomicInteger next = new AtomicInteger();
    List<Boolean> done =
        together(
            6,
            () -> {
              int caller = next.getAndIncrement();
              for (int n = 1; n <= 40; n++) {
                if (caller % 2 == 0) {
                  domain.stores.checkIns().note(due, Duration.ZERO);
                } else {
                  assertThat(domain.devices.decommission("d" + (caller * 40 + n - 40))).isTrue();
                }
              }
              return true;
            });
    assertThat(done).hasSize(6);
    assertThat(noted()).isEqualTo(80);
    assertThat(domain.count(DeviceStatus.ACCEPTED)).isEqualTo(DEVICES - 120L);
  }
}
