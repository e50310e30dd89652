package org.rekey.keystore.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.LeaseStore;
import org.rekey.keystore.VerifierReport;

/// The table `verifier_lease`. A report that is older than the one it has changes nothing: two
/// keystores may hear of the same verifier. What it has accepted is not written: it is of the
/// moment.
public final class PostgresLeases implements LeaseStore {
  private final Jdbi jdbi;

  public PostgresLeases(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  @Override
  public List<VerifierReport> all() {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT caller, name, epoch, key_set_hash, algs, usage, usage_counted_at,
                      propagation_ms, reported_at
                    FROM verifier_lease
                    """)
                .map(PostgresLeases::report)
                .list());
  }

  @Override
  public void save(Collection<VerifierReport> reports) {
    jdbi.useHandle(
        handle -> {
          var batch =
              handle.prepareBatch(
                  """
                  INSERT INTO verifier_lease
                    (caller, name, epoch, key_set_hash, algs, usage, usage_counted_at, propagation_ms,
                     reported_at)
                  VALUES
                    (:caller, :name, :epoch, :keySetHash, string_to_array(:algs, ','), :usage::jsonb,
                     :usageCountedAt, :propagation, :reportedAt)
                  ON CONFLICT (caller, name) DO UPDATE SET
                    epoch = excluded.epoch, key_set_hash = excluded.key_set_hash,
                    algs = excluded.algs, usage = excluded.usage,
                    usage_counted_at = excluded.usage_counted_at,
                    propagation_ms = excluded.propagation_ms, reported_at = excluded.reported_at
                  WHERE verifier_lease.reported_at < excluded.reported_at
                  """);
          for (VerifierReport report : reports) {
            batch
                .bind("caller", report.caller())
                .bind("name", report.name())
                .bind("epoch", report.epoch())
                .bind("keySetHash", HexFormat.of().parseHex(report.keySetHash()))
                .bind("algs", String.join(",", report.algs()))
                .bind("usage", UsageJson.write(report.usage()))
                .bind("usageCountedAt", utcOrNull(report.usageCountedAt()))
                .bind("propagation", report.propagation().toMillis())
                .bind("reportedAt", utc(report.reportedAt()))
                .add();
          }
          batch.execute();
        });
  }

  @Override
  public void forgetBefore(Instant reportedAt) {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate("DELETE FROM verifier_lease WHERE reported_at < :before")
                .bind("before", utc(reportedAt))
                .execute());
  }

  private static @Nullable OffsetDateTime utcOrNull(@Nullable Instant instant) {
    return instant == null ? null : utc(instant);
  }

  private static @Nullable Instant instantOrNull(@Nullable OffsetDateTime time) {
    return time == null ? null : time.toInstant();
  }

  /// Rounded down: rounded up, a keystore would take its own report for a younger one of another.
  private static OffsetDateTime utc(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
  }

  private static VerifierReport report(ResultSet row, StatementContext context)
      throws SQLException {
    return new VerifierReport(
        row.getString("caller"),
        row.getString("name"),
        row.getLong("epoch"),
        HexFormat.of().formatHex(row.getBytes("key_set_hash")),
        List.of((String[]) row.getArray("algs").getArray()),
        UsageJson.read(row.getString("usage")),
        instantOrNull(row.getObject("usage_counted_at", OffsetDateTime.class)),
        List.of(),
        Duration.ofMillis(row.getLong("propagation_ms")),
        row.getObject("reported_at", OffsetDateTime.class).toInstant());
  }
}
