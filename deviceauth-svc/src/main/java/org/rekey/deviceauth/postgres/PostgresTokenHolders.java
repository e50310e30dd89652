package org.rekey.deviceauth.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.function.Consumer;
import org.jdbi.v3.core.Jdbi;
import org.rekey.deviceauth.TokenHolders;

/// The holders of tokens, by the index `device_token_by_kid`. Rows come in portions, so that a
/// million devices are never in memory at once; the connection is held until the last one is handed
/// over.
public final class PostgresTokenHolders implements TokenHolders {
  private static final int PORTION = 500;

  private static final String SQL =
      """
      WITH holder AS (
        SELECT device_id, count(*) AS tokens, max(expires_at) AS last_expiry,
               bool_or(expires_at IS NULL) AS never_expires
        FROM device_token
        WHERE kid = :kid AND (expires_at IS NULL OR expires_at >= :now)
        GROUP BY device_id)
      SELECT holder.*, device.identity_data
      FROM holder JOIN device ON device.id = holder.device_id
      ORDER BY holder.tokens DESC, holder.device_id
      """;

  private final Jdbi jdbi;

  public PostgresTokenHolders(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /// In a transaction, without which PostgreSQL sends all rows at once.
  @Override
  public void list(long kid, Instant now, Consumer<Holder> each) {
    jdbi.useTransaction(
        handle ->
            handle
                .createQuery(SQL)
                .setFetchSize(PORTION)
                .bind("kid", kid)
                .bind("now", now)
                .map((row, _) -> holder(row))
                .forEach(each));
  }

  private static Holder holder(ResultSet row) throws SQLException {
    return new Holder(
        row.getString("device_id"),
        row.getString("identity_data"),
        row.getLong("tokens"),
        row.getBoolean("never_expires") ? null : Rows.instantOrNull(row, "last_expiry"));
  }
}
