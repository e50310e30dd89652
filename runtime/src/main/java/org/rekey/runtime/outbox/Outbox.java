package org.rekey.runtime.outbox;

import org.jdbi.v3.core.Handle;

/// The table `outbox` of a service's schema: events on their way to Kafka.
public final class Outbox {
  private final boolean open;
  private final Runnable committed;

  private Outbox(boolean open, Runnable committed) {
    this.open = open;
    this.committed = committed;
  }

  /// @param committed told after each commit; see [OutboxRelay#ring]
  public static Outbox open(Runnable committed) {
    return new Outbox(true, committed);
  }

  /// For a service without Kafka, where events would pile up for ever: keeps only those of topics
  /// that another replica publishes. So replicas that are configured differently, as in the middle
  /// of a change, miss nothing.
  public static Outbox closed() {
    return new Outbox(false, () -> {});
  }

  /// Writes an event in the caller's transaction: it leaves if and when that commits.
  ///
  /// @param key the record's key: whom or what the event is about
  public void append(Handle handle, String topic, String key, byte[] value) {
    handle
        .createUpdate(
            """
            INSERT INTO outbox (topic, key, value) SELECT :topic, :key, :value
            WHERE :open OR EXISTS (SELECT 1 FROM outbox_topic WHERE topic = :topic)
            """)
        .bind("open", open)
        .bind("topic", topic)
        .bind("key", key)
        .bind("value", value)
        .execute();
    handle.afterCommit(committed);
  }
}
