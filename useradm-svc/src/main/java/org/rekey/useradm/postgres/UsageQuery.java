package org.rekey.useradm.postgres;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.rekey.useradm.TokenStore.KidUsage;
import org.rekey.useradm.TokenStore.Owner;

/// Counts what hangs on each kid. One pass over the index `token_by_kid`, in its order, so that
/// neither a million tokens nor a million users have to be sorted or held in memory.
final class UsageQuery {
  private static final String SQL =
      """
      WITH owner AS MATERIALIZED (
        SELECT kid, user_id,
               count(*) FILTER (WHERE kind = 'session') AS sessions,
               count(*) FILTER (WHERE kind = 'personal_access_token') AS personal,
               max(expires_at) AS last_expiry,
               bool_or(expires_at IS NULL) AS never_expires
        FROM token WHERE expires_at IS NULL OR expires_at >= :now
        GROUP BY kid, user_id),
      total AS (
        SELECT kid, sum(sessions) AS sessions, sum(personal) AS personal, count(*) AS owners,
               max(last_expiry) AS last_expiry, bool_or(never_expires) AS never_expires
        FROM owner GROUP BY kid)
      SELECT total.*, top.user_id, top.tokens, users.email
      FROM total
      CROSS JOIN LATERAL (
        SELECT user_id, sessions + personal AS tokens FROM owner
        WHERE owner.kid IS NOT DISTINCT FROM total.kid
        ORDER BY tokens DESC, user_id LIMIT :top) AS top
      JOIN users ON users.id = top.user_id
      ORDER BY total.kid NULLS LAST, top.tokens DESC, top.user_id
      """;

  private final Jdbi jdbi;

  UsageQuery(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  List<KidUsage> at(Instant now) {
    Map<Optional<Long>, KidUsage> byKid = new LinkedHashMap<>();
    for (KidUsage line : lines(now)) {
      byKid.merge(Optional.ofNullable(line.kid()), line, UsageQuery::withOwnersOf);
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
                            Rows.longOrNull(row, "kid"),
                            row.getLong("sessions"),
                            row.getLong("personal"),
                            row.getLong("owners"),
                            List.of(
                                new Owner(
                                    row.getString("user_id"),
                                    row.getString("email"),
                                    row.getLong("tokens"))),
                            Rows.instantOrNull(row, "last_expiry"),
                            row.getBoolean("never_expires")))
                .list());
  }

  private static KidUsage withOwnersOf(KidUsage line, KidUsage next) {
    List<Owner> owners = new ArrayList<>(line.topOwners());
    owners.addAll(next.topOwners());
    return new KidUsage(
        line.kid(),
        line.sessions(),
        line.personalAccessTokens(),
        line.owners(),
        List.copyOf(owners),
        line.lastExpiry(),
        line.neverExpires());
  }
}
