package org.rekey.deviceauth.postgres;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.rekey.deviceauth.TokenStore;
import org.rekey.proto.auth.v1.TokenEvent.Cause;
import org.rekey.runtime.outbox.RevocationEvents;
import org.rekey.verifier.serve.LiveToken;
import org.rekey.verifier.serve.TokenRegistry;

/// The token registry in the table `device_token`. An auth set's row is locked before its tokens.
public final class PostgresDeviceTokens implements TokenStore, TokenRegistry {
  private final Jdbi jdbi;
  private final RevocationEvents events;
  private final UsageQuery usage;

  public PostgresDeviceTokens(Jdbi jdbi, RevocationEvents events) {
    this.jdbi = jdbi;
    this.events = events;
    this.usage = new UsageQuery(jdbi);
  }

  @Override
  public Entry enter(Token token, int keep) {
    return jdbi.inTransaction(
        handle -> {
          if (!lockAccepted(handle, token)) {
            return new NotAccepted();
          }
          insert(handle, token);
          List<String> ended = trim(handle, token, keep);
          events.append(handle, token.deviceId(), ended, Cause.CAUSE_SESSION_LIMIT);
          return new Entered(ended);
        });
  }

  private static boolean lockAccepted(Handle handle, Token token) {
    return handle
        .createQuery(
            """
            SELECT 1 FROM auth_set
            WHERE id = :id AND device_id = :device AND status = 'accepted'
              AND (:bound OR NOT certified)
            FOR NO KEY UPDATE
            """)
        .bind("id", token.authSetId())
        .bind("device", token.deviceId())
        .bind("bound", token.bound())
        .mapTo(Integer.class)
        .findOne()
        .isPresent();
  }

  private static void insert(Handle handle, Token token) {
    handle
        .createUpdate(
            """
            INSERT INTO device_token (id, device_id, auth_set_id, kid, issued_at, expires_at)
            VALUES (:id, :device, :authSet, :kid, :issued, :expires)
            """)
        .bind("id", token.id())
        .bind("device", token.deviceId())
        .bind("authSet", token.authSetId())
        .bind("kid", token.kid())
        .bind("issued", token.issuedAt())
        .bind("expires", token.expiresAt())
        .execute();
  }

  private static List<String> trim(Handle handle, Token entered, int keep) {
    return handle
        .createQuery(
            """
            DELETE FROM device_token WHERE id IN (
              SELECT id FROM device_token WHERE auth_set_id = :authSet
              ORDER BY seq DESC OFFSET :keep)
            RETURNING id
            """)
        .bind("authSet", entered.authSetId())
        .bind("keep", keep)
        .mapTo(String.class)
        .list();
  }

  @Override
  public Optional<List<String>> revoke(String id) {
    return jdbi.inTransaction(
        handle -> {
          Optional<List<String>> one = revokeToken(handle, id);
          return one.isPresent() ? one : revokeAuthSet(handle, id);
        });
  }

  private Optional<List<String>> revokeToken(Handle handle, String id) {
    return handle
        .createQuery("DELETE FROM device_token WHERE id = :id RETURNING device_id")
        .bind("id", id)
        .mapTo(String.class)
        .findOne()
        .map(device -> told(handle, device, List.of(id)));
  }

  private Optional<List<String>> revokeAuthSet(Handle handle, String id) {
    return handle
        .createQuery("SELECT device_id FROM auth_set WHERE id = :id FOR NO KEY UPDATE")
        .bind("id", id)
        .mapTo(String.class)
        .findOne()
        .map(device -> told(handle, device, endAllOf(handle, id)));
  }

  @Override
  public List<String> revokeAllOf(String deviceId) {
    return jdbi.inTransaction(
        handle -> {
          List<String> authSets =
              handle
                  .createQuery(
                      """
                      SELECT id FROM auth_set WHERE device_id = :device
                      ORDER BY id FOR NO KEY UPDATE
                      """)
                  .bind("device", deviceId)
                  .mapTo(String.class)
                  .list();
          List<String> ended =
              authSets.stream().flatMap(id -> endAllOf(handle, id).stream()).toList();
          return told(handle, deviceId, ended);
        });
  }

  private List<String> told(Handle handle, String deviceId, List<String> ended) {
    events.append(handle, deviceId, ended, Cause.CAUSE_REVOKED);
    return ended;
  }

  /// Under the lock of the auth set's row.
  static List<String> endAllOf(Handle handle, String authSetId) {
    return handle
        .createQuery("DELETE FROM device_token WHERE auth_set_id = :authSet RETURNING id")
        .bind("authSet", authSetId)
        .mapTo(String.class)
        .list();
  }

  /// Nobody else writes meanwhile: rows locked by others, who wait for rows locked here, would end
  /// in a deadlock. Verdicts go on reading.
  @Override
  public long revokeEverything() {
    return jdbi.inTransaction(
        handle -> {
          handle.execute("LOCK TABLE device_token IN SHARE ROW EXCLUSIVE MODE");
          long ended = handle.createUpdate("DELETE FROM device_token").execute();
          events.appendEverything(handle);
          return ended;
        });
  }

  @Override
  public int removeExpired(Instant before, int batch) {
    return jdbi.withHandle(
        handle ->
            handle
                .createUpdate(
                    """
                    DELETE FROM device_token WHERE id IN (
                      SELECT id FROM device_token WHERE expires_at < :before
                      ORDER BY expires_at LIMIT :batch FOR UPDATE SKIP LOCKED)
                    """)
                .bind("before", before)
                .bind("batch", batch)
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
                .createQuery("SELECT id, device_id FROM device_token WHERE id = ANY(:ids)")
                .bindArray("ids", String.class, tokenIds)
                .reduceRows(
                    new HashMap<String, LiveToken>(),
                    (map, row) -> {
                      map.put(
                          row.getColumn("id", String.class),
                          new LiveToken(
                              row.getColumn("device_id", String.class), LiveToken.Kind.DEVICE));
                      return map;
                    }));
  }
}
