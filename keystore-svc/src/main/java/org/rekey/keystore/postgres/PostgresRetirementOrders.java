package org.rekey.keystore.postgres;

import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.rekey.keystore.RetirementOrders;
import org.rekey.keystore.log.Author;

/// The table `retirement_order`.
public final class PostgresRetirementOrders implements RetirementOrders {
  private final Jdbi jdbi;

  public PostgresRetirementOrders(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  @Override
  public List<Order> all() {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "SELECT ring, kid, actor, origin, reason FROM retirement_order ORDER BY ring, kid")
                .map(
                    (row, context) ->
                        new Order(
                            row.getString("ring"),
                            row.getLong("kid"),
                            new Author(
                                row.getString("actor"),
                                row.getString("origin"),
                                row.getString("reason"))))
                .list());
  }

  @Override
  public void add(Order order) {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate(
                    """
                    INSERT INTO retirement_order (ring, kid, actor, origin, reason)
                    VALUES (:ring, :kid, :actor, :origin, :reason)
                    ON CONFLICT (ring, kid) DO UPDATE SET
                      actor = excluded.actor, origin = excluded.origin, reason = excluded.reason,
                      ordered_at = now()
                    """)
                .bind("ring", order.ring())
                .bind("kid", order.kid())
                .bind("actor", order.author().actor())
                .bind("origin", order.author().origin())
                .bind("reason", order.author().reason())
                .execute());
  }

  @Override
  public boolean remove(String ring, long kid) {
    return jdbi.withHandle(
            handle ->
                handle
                    .createUpdate("DELETE FROM retirement_order WHERE ring = :ring AND kid = :kid")
                    .bind("ring", ring)
                    .bind("kid", kid)
                    .execute())
        == 1;
  }
}
