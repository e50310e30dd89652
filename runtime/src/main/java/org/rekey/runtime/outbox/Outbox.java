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

  /// Keeps nothing: where there is no Kafka, events would pile up for ever.
  public static Outbox closed() {
    return new Outbox(false, () -> {});
  }

  /// Writes an event in the caller's transaction: it leaves if and when that commits.
  ///
  /// @param key the record's key: whom or what the event is about
  public void append(Handle handle, String topic, String key, byte[] value) {
    if (!open) {
      return;
    }
    handle
        .createUpdate("INSERT INTO outbox (topic, key, value) VALUES (:topic, :key, :value)")
        .bind("topic", topic)
        .bind("key", key)
        .bind("value", value)
        .execute();
    handle.afterCommit(committed);
  }
}
