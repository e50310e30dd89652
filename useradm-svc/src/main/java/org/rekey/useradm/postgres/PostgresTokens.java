package org.rekey.useradm.postgres;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.rekey.useradm.TokenStore;
import org.rekey.useradm.UserStore.Credentials;
import org.rekey.verifier.serve.LiveToken;
import org.rekey.verifier.serve.TokenRegistry;

/// The token registry in the table `token`.
public final class PostgresTokens implements TokenStore, TokenRegistry {
  private static final String SESSION = "session";
  private static final String PERSONAL_ACCESS_TOKEN = "personal_access_token";

  private final Jdbi jdbi;

  public PostgresTokens(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /// The user's row is locked first, so that two logins of one user trim one after the other.
  @Override
  public Entry enter(Session session, Credentials checked, int limit) {
    return jdbi.inTransaction(
        handle -> {
          if (!lockUnchanged(handle, checked)) {
            return new Outdated();
          }
          insert(handle, session);
          List<String> ended = limit == 0 ? List.of() : trim(handle, session.userId(), limit);
          handle
              .createUpdate("UPDATE users SET login_at = :at WHERE id = :id")
              .bind("at", session.issuedAt())
              .bind("id", session.userId())
              .execute();
          return new Entered(ended);
        });
  }

  private static boolean lockUnchanged(Handle handle, Credentials checked) {
    Optional<String> hash =
        handle
            .createQuery("SELECT password_hash FROM users WHERE id = :id FOR UPDATE")
            .bind("id", checked.userId())
            .mapTo(String.class)
            .findOne();
    return hash.filter(checked.passwordHash()::equals).isPresent();
  }

  private static void insert(Handle handle, Session session) {
    handle
        .createUpdate(
            """
            INSERT INTO token (id, user_id, kid, kind, issued_at, expires_at)
            VALUES (:id, :user, :kid, :kind, :issued, :expires)
            """)
        .bind("id", session.tokenId())
        .bind("user", session.userId())
        .bind("kid", session.kid())
        .bind("kind", SESSION)
        .bind("issued", session.issuedAt())
        .bind("expires", session.expiresAt())
        .execute();
  }

  private static List<String> trim(Handle handle, String userId, int limit) {
    return handle
        .createQuery(
            """
            DELETE FROM token WHERE id IN (
              SELECT id FROM token WHERE user_id = :user AND kind = :kind
              ORDER BY seq DESC OFFSET :limit)
            RETURNING id
            """)
        .bind("user", userId)
        .bind("kind", SESSION)
        .bind("limit", limit)
        .mapTo(String.class)
        .list();
  }

  @Override
  public boolean remove(String tokenId, String userId) {
    return jdbi.withHandle(
            handle ->
                handle
                    .createUpdate("DELETE FROM token WHERE id = :id AND user_id = :user")
                    .bind("id", tokenId)
                    .bind("user", userId)
                    .execute())
        == 1;
  }

  @Override
  public int removeExpired(Instant before, int batch) {
    return jdbi.withHandle(
        handle ->
            handle
                .createUpdate(
                    """
                    DELETE FROM token WHERE id IN (
                      SELECT id FROM token WHERE expires_at < :before
                      ORDER BY expires_at LIMIT :batch FOR UPDATE SKIP LOCKED)
                    """)
                .bind("before", before)
                .bind("batch", batch)
                .execute());
  }

  @Override
  public List<KidUsage> usage(Instant now) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT kid,
                           count(*) FILTER (WHERE kind = 'session') AS sessions,
                           count(*) FILTER (WHERE kind = 'personal_access_token') AS personal,
                           max(expires_at) AS last_expiry,
                           bool_or(expires_at IS NULL) AS never_expires
                    FROM token WHERE expires_at IS NULL OR expires_at >= :now
                    GROUP BY kid ORDER BY kid
                    """)
                .bind("now", now)
                .map(
                    (row, _) -> {
                      Timestamp last = row.getTimestamp("last_expiry");
                      return new KidUsage(
                          row.getLong("kid"),
                          row.getLong("sessions"),
                          row.getLong("personal"),
                          last == null ? null : last.toInstant(),
                          row.getBoolean("never_expires"));
                    })
                .list());
  }

  @Override
  public Map<String, LiveToken> live(Collection<String> tokenIds) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT id, user_id, kind FROM token WHERE id = ANY(:ids)")
                .bindArray("ids", String.class, tokenIds)
                .reduceRows(
                    new HashMap<String, LiveToken>(),
                    (map, row) -> {
                      map.put(
                          row.getColumn("id", String.class),
                          new LiveToken(
                              row.getColumn("user_id", String.class),
                              kind(row.getColumn("kind", String.class))));
                      return map;
                    }));
  }

  private static LiveToken.Kind kind(String text) {
    return switch (text) {
      case SESSION -> LiveToken.Kind.USER_SESSION;
      case PERSONAL_ACCESS_TOKEN -> LiveToken.Kind.PERSONAL_ACCESS_TOKEN;
      default ->
          throw new IllegalStateException("token kind: " + text + " (expected: one of the schema)");
    };
  }
}
