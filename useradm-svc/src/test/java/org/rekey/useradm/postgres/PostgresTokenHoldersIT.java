package org.rekey.useradm.postgres;

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
import org.rekey.runtime.db.Database;
import org.rekey.testkit.PostgresExtension;
import org.rekey.useradm.TokenHolders.Holder;
import org.rekey.useradm.TokenStore.KidUsage;

class PostgresTokenHoldersIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00.123456Z");
  private static final int USERS = 700;

  private final List<Row> rows = new ArrayList<>();
  private Database database;
  private PostgresTokenHolders holders;

  private record Row(
      String id, String user, @Nullable Long kid, boolean isSession, @Nullable Instant expiresAt) {
    boolean isLive() {
      return expiresAt == null || !expiresAt.isBefore(NOW);
    }
  }

  @BeforeEach
  void open() {
    database = Database.open(POSTGRES.newDatabase(), "useradm", new SimpleMeterRegistry());
    holders = new PostgresTokenHolders(database.jdbi());
    fill(new Random(5539));
  }

  @AfterEach
  void close() {
    database.close();
  }

  /// Users with no token, one, or some, on two kids or on none that is known, some expired.
  private void fill(Random random) {
    for (int user = 0; user < USERS; user++) {
      for (int n = random.nextInt(5); n > 0; n--) {
        int kid = random.nextInt(3);
        int life = random.nextInt(4);
        rows.add(
            new Row(
                "t" + rows.size(),
                "u%03d".formatted(user),
                kid == 2 ? null : Long.valueOf(kid),
                random.nextBoolean(),
                life == 0 ? null : NOW.plusSeconds((life - 1) * 60L - (life == 3 ? 500 : 0))));
      }
    }
    database
        .jdbi()
        .useTransaction(
            handle -> {
              for (int user = 0; user < USERS; user++) {
                handle.execute(
                    "INSERT INTO users VALUES (?, ?, 'hash', now(), now(), NULL)",
                    "u%03d".formatted(user),
                    "u%03d@example.com".formatted(user));
              }
              for (Row row : rows) {
                handle.execute(
                    """
                    INSERT INTO token (id, user_id, kid, kind, name, issued_at, expires_at)
                    VALUES (?, ?, ?, ?, ?, now(), ?)
                    """,
                    row.id(),
                    row.user(),
                    row.kid(),
                    row.isSession() ? "session" : "personal_access_token",
                    row.isSession() ? null : "name of " + row.id(),
                    row.expiresAt());
              }
            });
  }

  private List<Holder> list(long kid, boolean anyKid) {
    List<Holder> all = new ArrayList<>();
    holders.list(kid, anyKid, NOW, all::add);
    return all;
  }

  private static long tokens(Holder holder) {
    return holder.sessions() + holder.personalAccessTokens().size();
  }

  @Test
  void findsEveryHolderThatAScanOfAllRowsFinds() {
    for (boolean anyKid : new boolean[] {false, true}) {
      List<Row> wanted =
          rows.stream()
              .filter(Row::isLive)
              .filter(row -> row.kid() == null ? anyKid : row.kid() == 1)
              .toList();
      List<Holder> found = list(1, anyKid);
      assertThat(found)
          .extracting(Holder::userId)
          .containsExactlyInAnyOrderElementsOf(wanted.stream().map(Row::user).distinct().toList());
      assertThat(found)
          .isSortedAccordingTo(
              Comparator.comparingLong(PostgresTokenHoldersIT::tokens)
                  .reversed()
                  .thenComparing(Holder::userId));
      for (Holder holder : found) {
        List<Row> theirs =
            wanted.stream().filter(row -> row.user().equals(holder.userId())).toList();
        assertThat(holder.email()).isEqualTo(holder.userId() + "@example.com");
        assertThat(holder.sessions()).isEqualTo(theirs.stream().filter(Row::isSession).count());
        assertThat(holder.personalAccessTokens())
            .extracting(token -> token.id() + " " + token.name() + " " + token.expiresAt())
            .containsExactlyElementsOf(
                theirs.stream()
                    .filter(row -> !row.isSession())
                    .map(row -> row.id() + " name of " + row.id() + " " + row.expiresAt())
                    .toList());
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
  }

  @Test
  void countsAsTheUsageOfTheSameKidDoes() {
    for (KidUsage usage : new UsageQuery(database.jdbi()).at(NOW)) {
      if (usage.kid() == null) {
        continue;
      }
      List<Holder> found = list(usage.kid(), false);
      assertThat(found).hasSize((int) usage.owners());
      assertThat(found.stream().mapToLong(Holder::sessions).sum()).isEqualTo(usage.sessions());
      assertThat(found.stream().mapToLong(holder -> holder.personalAccessTokens().size()).sum())
          .isEqualTo(usage.personalAccessTokens());
      assertThat(found.stream().limit(KidUsage.TOP_OWNERS).map(Holder::userId))
          .containsExactlyElementsOf(
              usage.topOwners().stream().map(owner -> owner.userId()).toList());
    }
  }

  @Test
  void findsNobodyOnAKidThatNobodyHas() {
    assertThat(list(99, false)).isEmpty();
  }
}
