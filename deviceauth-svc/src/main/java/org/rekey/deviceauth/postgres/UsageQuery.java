package org.rekey.deviceauth.postgres;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Jdbi;
import org.rekey.deviceauth.TokenStore.KidUsage;
import org.rekey.deviceauth.TokenStore.Owner;

/// What hangs on each kid. Passes over the index `device_token_by_kid`, in its order, so that of a
/// million tokens nothing has to be sorted or held.
final class UsageQuery {
  private static final String SQL =
      """
      WITH total AS MATERIALIZED (
        SELECT kid, count(*) AS tokens, count(DISTINCT device_id) AS owners,
               max(expires_at) AS last_expiry, bool_or(expires_at IS NULL) AS never_expires
        FROM device_token WHERE expires_at IS NULL OR expires_at >= :now
        GROUP BY kid)
      SELECT total.*, top.device_id, top.tokens AS device_tokens, device.identity_data
      FROM total
      CROSS JOIN LATERAL (
        SELECT device_id, count(*) AS tokens FROM device_token
        WHERE kid = total.kid AND (expires_at IS NULL OR expires_at >= :now)
        GROUP BY device_id ORDER BY tokens DESC, device_id LIMIT :top) AS top
      JOIN device ON device.id = top.device_id
      ORDER BY total.kid, top.tokens DESC, top.device_id
      """;

  private final Jdbi jdbi;

  UsageQuery(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  List<KidUsage> at(Instant now) {
    Map<Long, KidUsage> byKid = new LinkedHashMap<>();
    for (KidUsage line : lines(now)) {
      byKid.merge(line.kid(), line, UsageQuery::withOwnersOf);
    }
    return List.copyOf(byKid.values());
  }

  /// A line for each of the top owners, with the figures of the whole kid.
  private List<KidUsage> lines(Instant now) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(SQL)
                .bind("now", now)
                .bind("top", KidUsage.TOP_OWNERS)
                .map(
                    (row, _) ->
                        new KidUsage(
                            row.getLong("kid"),
                            row.getLong("tokens"),
                            row.getLong("owners"),
                            List.of(
                                new Owner(
                                    row.getString("device_id"),
                                    row.getString("identity_data"),
                                    row.getLong("device_tokens"))),
                            Rows.instantOrNull(row, "last_expiry"),
                            row.getBoolean("never_expires")))
                .list());
  }

  private static KidUsage withOwnersOf(KidUsage line, KidUsage next) {
    List<Owner> owners = new ArrayList<>(line.topOwners());
    owners.addAll(next.topOwners());
    return new KidUsage(
        line.kid(),
        line.tokens(),
        line.owners(),
        List.copyOf(owners),
        line.lastExpiry(),
        line.neverExpires());
  }
}
