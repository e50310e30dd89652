package org.rekey.deviceauth.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rekey.deviceauth.TokenHolders.Holder;
import org.rekey.deviceauth.TokenStore.KidUsage;
import org.rekey.runtime.db.Database;
import org.rekey.testkit.PostgresExtension;

class PostgresTokenHoldersIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00.123456Z");
  private static final int DEVICES = 700;

  private final List<Row> rows = new ArrayList<>();
  private Database database;
  private PostgresTokenHolders holders;

  private record Row(String id, String device, long kid, @Nullable Instant expiresAt) {
    boolean isLive() {
      return expiresAt == null || !expiresAt.isBefore(NOW);
    }
  }

  @BeforeEach
  void open() {
    database = Database.open(POSTGRES.newDatabase(), "deviceauth", new SimpleMeterRegistry());
    holders = new PostgresTokenHolders(database.jdbi());
    fill(new Random(5539));
  }

  @AfterEach
  void close() {
    database.close();
  }

  /// Devices with no token, one, or some, on two kids, some expired.
  private void fill(Random random) {
    for (int device = 0; device < DEVICES; device++) {
      for (int n = random.nextInt(4); n > 0; n--) {
        int life = random.nextInt(4);
        rows.add(
            new Row(
                "t" + rows.size(),
                "d%03d".formatted(device),
                random.nextInt(2),
                life == 0 ? null : NOW.plusSeconds((life - 2) * 60L)));
      }
    }
    database
        .jdbi()
        .useTransaction(
            handle -> {
              for (int n = 0; n < DEVICES; n++) {
                String device = "d%03d".formatted(n);
                handle.execute(
                    """
                    INSERT INTO device
                    VALUES (?, ?, sha256(?::bytea), 'accepted', now(), now())
                    """,
                    device,
                    "{\"mac\":\"%s\"}".formatted(device),
                    device);
                handle.execute(
                    "INSERT INTO auth_set VALUES (?, ?, ?::bytea, 'accepted', now())",
                    "a" + device,
                    device,
                    device);
              }
              for (Row row : rows) {
                handle.execute(
                    """
                    INSERT INTO device_token
                      (id, device_id, auth_set_id, kid, issued_at, expires_at)
                    VALUES (?, ?, ?, ?, now(), ?)
                    """,
                    row.id(),
                    row.device(),
                    "a" + row.device(),
                    row.kid(),
                    row.expiresAt());
              }
            });
  }

  private List<Holder> list(long kid) {
    List<Holder> all = new ArrayList<>();
    holders.list(kid, NOW, all::add);
    return all;
  }

  @Test
  void findsEveryHolderThatAScanOfAllRowsFinds() {
    List<Row> wanted = rows.stream().filter(Row::isLive).filter(row -> row.kid() == 1).toList();
    List<Holder> found = list(1);
    assertThat(found)
        .extracting(Holder::deviceId)
        .containsExactlyInAnyOrderElementsOf(wanted.stream().map(Row::device).distinct().toList());
    assertThat(found)
        .isSortedAccordingTo(
            Comparator.comparingLong(Holder::tokens).reversed().thenComparing(Holder::deviceId));
    for (Holder holder : found) {
      List<Row> theirs =
          wanted.stream().filter(row -> row.device().equals(holder.deviceId())).toList();
      assertThat(holder.identityData()).contains(holder.deviceId());
      assertThat(holder.tokens()).isEqualTo(theirs.size());
      assertThat(holder.lastExpiry())
          .isEqualTo(
              theirs.stream().anyMatch(row -> row.expiresAt() == null)
                  ? null
                  : theirs.stream()
                      .map(Row::expiresAt)
                      .filter(Objects::nonNull)
                      .max(Comparator.naturalOrder())
                      .orElseThrow());
    }
  }

  @Test
  void countsAsTheUsageOfTheSameKidDoes() {
    List<KidUsage> usages = new UsageQuery(database.jdbi()).at(NOW);
    assertThat(usages).hasSize(2);
    for (KidUsage usage : usages) {
      List<Holder> found = list(usage.kid());
      assertThat(found).hasSize((int) usage.owners());
      assertThat(found.stream().mapToLong(Holder::tokens).sum()).isEqualTo(usage.tokens());
      assertThat(found.stream().limit(KidUsage.TOP_OWNERS).map(Holder::deviceId))
          .containsExactlyElementsOf(
              usage.topOwners().stream().map(owner -> owner.deviceId()).toList());
    }
  }
}
