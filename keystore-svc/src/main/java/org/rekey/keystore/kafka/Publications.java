package org.rekey.keystore.kafka;

/// How far a topic has got. The key log's own table is the outbox.
public interface Publications {
  /// The last epoch that is surely in the topic; 0 before the first.
  long published(String topic);

  void move(String topic, long epoch);
}
