package org.rekey.runtime.outbox;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.rekey.runtime.kafka.Topic;

/// A topic that a service's outbox feeds.
///
/// @param seal makes a record's value of an event
/// @param watermark makes an event that says: everything that was committed before an instant of
/// the database's clock has been published. Empty: the topic has none.
public record OutboxTopic(Topic topic, Seal seal, Optional<Function<Instant, byte[]>> watermark) {

  /// Puts an event into the form in which it travels.
  @FunctionalInterface
  public interface Seal {
    /// @param number 1, 2, 3 … without holes for one topic
    byte[] seal(long number, byte[] event);
  }
}
