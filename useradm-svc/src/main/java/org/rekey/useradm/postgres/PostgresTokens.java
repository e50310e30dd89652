package org.rekey.useradm.postgres;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.auth.v1.TokenEvent.Cause;
import org.rekey.useradm.PersonalAccessToken;
import org.rekey.useradm.TokenNotes;
import org.rekey.useradm.TokenStore;
import org.rekey.useradm.UnknownKids;
import org.rekey.useradm.UserStore.Credentials;
import org.rekey.verifier.serve.LiveToken;
import org.rekey.verifier.serve.TokenRegistry;

/// The token registry in the table `token`.
public final class PostgresTokens implements TokenStore, TokenNotes, TokenRegistry {
  static final String SESSION = "session";
  static final String PERSONAL_ACCESS_TOKEN = "personal_access_token";

  private final Jdbi jdbi;
  private final RevocationEvents events;
  private final UnknownKids unknownKids;
  private final UsageQuery usage;

  public PostgresTokens(Jdbi jdbi, RevocationEvents events, UnknownKids unknownKids) {
    this.jdbi = jdbi;
    this.events = events;
    this.unknownKids = unknownKids;
    this.usage = new UsageQuery(jdbi);
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
          List<String> ended = limit == 0 ? List.of() : trim(handle, session, limit);
          events.append(handle, session.userId(), ended, Cause.CAUSE_SESSION_LIMIT);
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

  /// Sessions that have expired and are still here do not count.
  private static List<String> trim(Handle handle, Session entered, int limit) {
    return handle
        .createQuery(
            """
            DELETE FROM token WHERE id IN (
              SELECT id FROM token
              WHERE user_id = :user AND kind = :kind AND (expires_at IS NULL OR expires_at > :now)
              ORDER BY seq DESC OFFSET :limit)
            RETURNING id
            """)
        .bind("user", entered.userId())
        .bind("kind", SESSION)
        .bind("now", entered.issuedAt())
        .bind("limit", limit)
        .mapTo(String.class)
        .list();
  }

  /// Under the lock of the user's row, so that many at once do not get over the limit. What has
  /// expired makes room first, names included.
  @Override
  public PersonalEntry enter(PersonalAccessToken token, int limit, @Nullable String madeWith) {
    return jdbi.inTransaction(
        handle -> {
          if (!PostgresUsers.lock(handle, token.userId())) {
            return PersonalEntry.NO_SUCH_USER;
          }
          if (madeWith != null && !has(handle, token.userId(), madeWith)) {
            return PersonalEntry.CALLER_ENDED;
          }
          removeExpired(handle, token);
          if (limit > 0 && count(handle, token.userId()) >= limit) {
            return PersonalEntry.TOO_MANY;
          }
          return insert(handle, token) ? PersonalEntry.ENTERED : PersonalEntry.NAME_TAKEN;
        });
  }

  private static boolean has(Handle handle, String userId, String tokenId) {
    return handle
        .createQuery("SELECT EXISTS (SELECT 1 FROM token WHERE id = :id AND user_id = :user)")
        .bind("id", tokenId)
        .bind("user", userId)
        .mapTo(Boolean.class)
        .one();
  }

  private static void removeExpired(Handle handle, PersonalAccessToken entered) {
    handle
        .createUpdate(
            "DELETE FROM token WHERE user_id = :user AND kind = :kind AND expires_at <= :now")
        .bind("user", entered.userId())
        .bind("kind", PERSONAL_ACCESS_TOKEN)
        .bind("now", entered.createdAt())
        .execute();
  }

  private static int count(Handle handle, String userId) {
    return handle
        .createQuery("SELECT count(*) FROM token WHERE user_id = :user AND kind = :kind")
        .bind("user", userId)
        .bind("kind", PERSONAL_ACCESS_TOKEN)
        .mapTo(Integer.class)
        .one();
  }

  private static boolean insert(Handle handle, PersonalAccessToken token) {
    return handle
            .createUpdate(
                """
                INSERT INTO token (id, user_id, kid, kind, name, issued_at, expires_at)
                VALUES (:id, :user, :kid, :kind, :name, :issued, :expires)
                ON CONFLICT (user_id, md5(name)) WHERE name IS NOT NULL DO NOTHING
                """)
            .bind("id", token.id())
            .bind("user", token.userId())
            .bind("kid", token.kid())
            .bind("kind", PERSONAL_ACCESS_TOKEN)
            .bind("name", token.name())
            .bind("issued", token.createdAt())
            .bind("expires", token.expiresAt())
            .execute()
        == 1;
  }

  @Override
  public List<PersonalAccessToken> personal(String userId, Instant now) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT id, user_id, name, kid, issued_at, expires_at, last_used_at FROM token
                    WHERE user_id = :user AND kind = :kind
                      AND (expires_at IS NULL OR expires_at > :now)
                    ORDER BY seq
                    """)
                .bind("user", userId)
                .bind("kind", PERSONAL_ACCESS_TOKEN)
                .bind("now", now)
                .map(
                    (row, _) ->
                        new PersonalAccessToken(
                            row.getString("id"),
                            row.getString("user_id"),
                            row.getString("name"),
                            Rows.longOrNull(row, "kid"),
                            Rows.instant(row, "issued_at"),
                            Rows.instantOrNull(row, "expires_at"),
                            Rows.instantOrNull(row, "last_used_at")))
                .list());
  }

  @Override
  public boolean remove(String tokenId, String userId, EndedBy by) {
    return jdbi.inTransaction(
        handle -> {
          boolean removed =
              handle
                      .createUpdate("DELETE FROM token WHERE id = :id AND user_id = :user")
                      .bind("id", tokenId)
                      .bind("user", userId)
                      .execute()
                  == 1;
          if (removed) {
            events.append(handle, userId, List.of(tokenId), cause(by));
          }
          return removed;
        });
  }

  private static Cause cause(EndedBy by) {
    return switch (by) {
      case LOGOUT -> Cause.CAUSE_LOGOUT;
      case REVOCATION -> Cause.CAUSE_REVOKED;
    };
  }

  @Override
  public List<String> removeAllOf(String userId) {
    return jdbi.inTransaction(
        handle -> {
          if (!PostgresUsers.lock(handle, userId)) {
            return List.of();
          }
          List<String> ended = endAll(handle, userId);
          events.append(handle, userId, ended, Cause.CAUSE_REVOKED);
          return ended;
        });
  }

  static List<String> endAll(Handle handle, String userId) {
    return handle
        .createQuery("DELETE FROM token WHERE user_id = :user RETURNING id")
        .bind("user", userId)
        .mapTo(String.class)
        .list();
  }

  /// Nobody else writes meanwhile: rows locked by others, who wait for rows locked here, would end
  /// in a deadlock. Verdicts go on reading.
  @Override
  public long removeEverything() {
    return jdbi.inTransaction(
        handle -> {
          handle.execute("LOCK TABLE token IN SHARE ROW EXCLUSIVE MODE");
          long ended = handle.createUpdate("DELETE FROM token").execute();
          events.appendEverything(handle);
          return ended;
        });
  }

  @Override
  public int removeExpired(Instant before, int batch) {
    return jdbi.withHandle(
        handle -> {
          handle
              .createUpdate("DELETE FROM token_ended WHERE expires_at < :before")
              .bind("before", before)
              .execute();
          return handle
              .createUpdate(
                  """
                  DELETE FROM token WHERE id IN (
                    SELECT id FROM token WHERE expires_at < :before
                    ORDER BY expires_at LIMIT :batch FOR UPDATE SKIP LOCKED)
                  """)
              .bind("before", before)
              .bind("batch", batch)
              .execute();
        });
  }

  /// Rows that somebody else has locked are left out: they are about to end, or another replica has
  /// noted as much.
  @Override
  public void noteUses(Map<String, Instant> uses, Duration atMostEvery) {
    List<String> ids = new ArrayList<>(uses.keySet());
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate(
                    """
                    UPDATE token SET last_used_at = due.at
                    FROM (
                      SELECT token.id, to_timestamp(used.at / 1000.0) AS at
                      FROM unnest(CAST(:ids AS text[]), CAST(:millis AS bigint[])) AS used (id, at)
                      JOIN token ON token.id = used.id
                      WHERE last_used_at IS NULL
                         OR last_used_at <= to_timestamp((used.at - :pause) / 1000.0)
                      FOR NO KEY UPDATE OF token SKIP LOCKED) AS due
                    WHERE token.id = due.id
                    """)
                .bindArray("ids", String.class, ids)
                .bindArray(
                    "millis",
                    Long.class,
                    ids.stream()
                        .map(id -> uses.getOrDefault(id, Instant.EPOCH).toEpochMilli())
                        .toList())
                .bind("pause", atMostEvery.toMillis())
                .execute());
  }

  @Override
  public void noteKids(Map<String, Long> kids) {
    List<String> ids = new ArrayList<>(kids.keySet());
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate(
                    """
                    UPDATE token SET kid = found.kid
                    FROM (
                      SELECT token.id, used.kid
                      FROM unnest(CAST(:ids AS text[]), CAST(:kids AS bigint[])) AS used (id, kid)
                      JOIN token ON token.id = used.id
                      WHERE token.kid IS NULL
                      FOR NO KEY UPDATE OF token SKIP LOCKED) AS found
                    WHERE token.id = found.id
                    """)
                .bindArray("ids", String.class, ids)
                .bindArray(
                    "kids", Long.class, ids.stream().map(id -> kids.getOrDefault(id, 0L)).toList())
                .execute());
  }

  @Override
  public List<KidUsage> usage(Instant now) {
    return usage.at(now);
  }

  @Override
  public Map<String, LiveToken> live(Collection<String> tokenIds) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT id, user_id, kind, kid IS NULL AS kidless FROM token"
                        + " WHERE id = ANY(:ids)")
                .bindArray("ids", String.class, tokenIds)
                .reduceRows(
                    new HashMap<String, LiveToken>(),
                    (map, row) -> {
                      String id = row.getColumn("id", String.class);
                      if (row.getColumn("kidless", Boolean.class)) {
                        unknownKids.add(id);
                      }
                      map.put(
                          id,
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
