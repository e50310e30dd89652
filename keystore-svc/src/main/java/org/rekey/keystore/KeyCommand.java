package org.rekey.keystore;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.key.KeyType;

/// What an operator may order.
public sealed interface KeyCommand {
  /// @param kid null: one more than the highest that the ring ever had
  record Generate(String ring, @Nullable Long kid, KeyType type) implements KeyCommand {}

  /// @param patience how long verifiers may take to ack the key
  /// @param override go ahead without them; needs a reason
  record Activate(String ring, long kid, Duration patience, boolean override)
      implements KeyCommand {}

  /// @param force whatever hangs on it; needs a reason
  /// @param whenSafe later, if not now
  record Retire(String ring, long kid, boolean force, boolean whenSafe) implements KeyCommand {}

  /// Takes back what `whenSafe` has ordered.
  record CancelRetirement(String ring, long kid) implements KeyCommand {}

  record Hold(String ring, long kid) implements KeyCommand {}

  record Release(String ring, long kid) implements KeyCommand {}
}
