package org.rekey.deviceauth.postgres;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Jdbi;
import org.rekey.deviceauth.DeviceTokens;
import org.rekey.verifier.serve.LiveToken;
import org.rekey.verifier.serve.TokenRegistry;

/// The token registry in the table `device_token`.
public final class PostgresDeviceTokens implements DeviceTokens, TokenRegistry {
  private final Jdbi jdbi;

  public PostgresDeviceTokens(Jdbi jdbi) {
    this.jdbi = jdbi;
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

  @Override
  public List<KidUsage> usage(Instant now) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT kid,
                           count(*) AS tokens,
                           max(expires_at) AS last_expiry,
                           bool_or(expires_at IS NULL) AS never_expires
                    FROM device_token WHERE expires_at IS NULL OR expires_at >= :now
                    GROUP BY kid ORDER BY kid
                    """)
                .bind("now", now)
                .map(
                    (row, _) -> {
                      Timestamp last = row.getTimestamp("last_expiry");
                      return new KidUsage(
                          row.getLong("kid"),
                          row.getLong("tokens"),
                          last == null ? null : last.toInstant(),
                          row.getBoolean("never_expires"));
                    })
                .list());
  }
}
