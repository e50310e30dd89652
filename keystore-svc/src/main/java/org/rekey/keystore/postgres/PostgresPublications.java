package org.rekey.keystore.postgres;

import org.jdbi.v3.core.Jdbi;
import org.rekey.keystore.kafka.Publications;

/// The table `publication`.
public final class PostgresPublications implements Publications {
  private final Jdbi jdbi;

  public PostgresPublications(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  @Override
  public long published(String topic) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT epoch FROM publication WHERE topic = :topic")
                .bind("topic", topic)
                .mapTo(Long.class)
                .findOne()
                .orElse(0L));
  }

  @Override
  public void move(String topic, long epoch) {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate(
                    """
                    INSERT INTO publication (topic, epoch) VALUES (:topic, :epoch)
                    ON CONFLICT (topic) DO UPDATE SET epoch = excluded.epoch, moved_at = now()
                    """)
                .bind("topic", topic)
                .bind("epoch", epoch)
                .execute());
  }
}
