package org.rekey.keystore;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.key.KeyType;

/// What an operator may order.
///
/// Every command has a `reason` in the operator's words, which may be empty.
public sealed interface KeyCommand {
  /// @param kid null: one more than the highest that the ring ever had
  record Generate(String ring, @Nullable Long kid, KeyType type, String reason)
      implements KeyCommand {}

  /// @param patience how long verifiers may take to ack the key
  /// @param override go ahead without them; needs a reason
  record Activate(String ring, long kid, String reason, Duration patience, boolean override)
      implements KeyCommand {}

  record Retire(String ring, long kid, String reason) implements KeyCommand {}
}
