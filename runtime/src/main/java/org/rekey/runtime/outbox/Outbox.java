package org.rekey.runtime.outbox;

import org.jdbi.v3.core.Handle;

/// The table `outbox` of a service's schema: events on their way to Kafka.
public final class Outbox {
  private final Runnable committed;

  /// @param committed told after each append; see [OutboxRelay#ring]
  public Outbox(Runnable committed) {
    this.committed = committed;
  }

  /// Writes an event in the caller's transaction: it leaves if and when that commits.
  ///
  /// @param key the record's key: whom or what the event is about
  public void append(Handle handle, String topic, String key, byte[] value) {
    handle
        .createUpdate("INSERT INTO outbox (topic, key, value) VALUES (:topic, :key, :value)")
        .bind("topic", topic)
        .bind("key", key)
        .bind("value", value)
        .execute();
    handle.afterCommit(committed::run);
  }
}
