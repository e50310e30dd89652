package org.rekey.keystore.postgres;

import java.time.Duration;
import org.jdbi.v3.core.Jdbi;
import org.rekey.keystore.KeystoreInstances;

/// The table `keystore_instance`.
public final class PostgresInstances implements KeystoreInstances {
  private final Jdbi jdbi;

  public PostgresInstances(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  @Override
  public void beat(String name) {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate(
                    """
                    INSERT INTO keystore_instance (name) VALUES (:name)
                    ON CONFLICT (name) DO UPDATE SET seen_at = now()
                    """)
                .bind("name", name)
                .execute());
  }

  @Override
  public void leave(String name) {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate("DELETE FROM keystore_instance WHERE name = :name")
                .bind("name", name)
                .execute());
  }

  @Override
  public boolean othersAreThere(String name, Duration within) {
    return isOneThere(
        """
        SELECT EXISTS (
          SELECT FROM keystore_instance
          WHERE name <> :name AND seen_at > now() - :millis * interval '1 millisecond')
        """,
        name,
        within);
  }

  @Override
  public boolean leads(String name, Duration within) {
    return !isOneThere(
        """
        SELECT EXISTS (
          SELECT FROM keystore_instance
          WHERE name < :name AND seen_at > now() - :millis * interval '1 millisecond')
        """,
        name,
        within);
  }

  private boolean isOneThere(String query, String name, Duration within) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(query)
                .bind("name", name)
                .bind("millis", within.toMillis())
                .mapTo(Boolean.class)
                .one());
  }

  @Override
  public void forget(Duration unheardFor) {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate(
                    """
                    DELETE FROM keystore_instance
                    WHERE seen_at < now() - :millis * interval '1 millisecond'
                    """)
                .bind("millis", unheardFor.toMillis())
                .execute());
  }
}
