package org.rekey.useradm.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.rekey.useradm.TokenHolders;

/// The holders of tokens, by the index `token_by_kid`. Rows come in portions, so that a million
/// holders are never in memory at once; the connection is held until the last one is handed over.
public final class PostgresTokenHolders implements TokenHolders {
  private static final int PORTION = 500;

  private static final String SQL =
      """
      WITH holder AS (
        SELECT user_id, count(*) AS tokens,
               count(*) FILTER (WHERE kind = 'session') AS sessions,
               max(expires_at) AS last_expiry,
               bool_or(expires_at IS NULL) AS never_expires,
               array_agg(id ORDER BY seq) FILTER (WHERE kind <> 'session') AS ids,
               array_agg(name ORDER BY seq) FILTER (WHERE kind <> 'session') AS names,
               array_agg(expires_at ORDER BY seq) FILTER (WHERE kind <> 'session') AS expiries,
               array_agg(last_used_at ORDER BY seq) FILTER (WHERE kind <> 'session') AS uses
        FROM token
        WHERE (kid = :kid OR (:anyKid AND kid IS NULL))
          AND (expires_at IS NULL OR expires_at >= :now)
        GROUP BY user_id)
      SELECT holder.*, users.email FROM holder JOIN users ON users.id = holder.user_id
      ORDER BY holder.tokens DESC, holder.user_id
      """;

  private final Jdbi jdbi;

  public PostgresTokenHolders(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /// In a transaction, without which PostgreSQL sends all rows at once.
  @Override
  public void list(long kid, boolean anyKid, Instant now, Consumer<Holder> each) {
    jdbi.useTransaction(
        handle ->
            handle
                .createQuery(SQL)
                .setFetchSize(PORTION)
                .bind("kid", kid)
                .bind("anyKid", anyKid)
                .bind("now", now)
                .map((row, _) -> holder(row))
                .forEach(each));
  }

  private static Holder holder(ResultSet row) throws SQLException {
    return new Holder(
        row.getString("user_id"),
        row.getString("email"),
        row.getLong("sessions"),
        personal(row),
        row.getBoolean("never_expires") ? null : Rows.instantOrNull(row, "last_expiry"));
  }

  private static List<NamedToken> personal(ResultSet row) throws SQLException {
    @Nullable Object[] ids = array(row, "ids");
    @Nullable Object[] names = array(row, "names");
    @Nullable Object[] expiries = array(row, "expiries");
    @Nullable Object[] uses = array(row, "uses");
    List<NamedToken> tokens = new ArrayList<>(ids.length);
    for (int i = 0; i < ids.length; i++) {
      tokens.add(
          new NamedToken(
              String.valueOf(ids[i]),
              String.valueOf(names[i]),
              instant(expiries[i]),
              instant(uses[i])));
    }
    return List.copyOf(tokens);
  }

  private static @Nullable Object[] array(ResultSet row, String column) throws SQLException {
    java.sql.Array array = row.getArray(column);
    return array == null ? new Object[0] : (@Nullable Object[]) array.getArray();
  }

  private static @Nullable Instant instant(@Nullable Object timestamp) {
    return timestamp == null ? null : ((Timestamp) timestamp).toInstant();
  }
}
