package org.rekey.keystore;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.log.Impact;

/// What became of the order to distrust a key.
public sealed interface CompromiseOutcome {
  /// @param successor who signs now; null if the bad key did not sign
  /// @param impact what ended with it; null if nobody had counted
  /// @param verifiers all that were live, and from when on each refuses the key
  /// @param overridden who had not acked the successor when it began to sign
  record Distrusted(
      long kid,
      @Nullable Long successor,
      @Nullable Impact impact,
      List<Distrust> verifiers,
      List<String> overridden)
      implements CompromiseOutcome {}

  record Refused(CommandOutcome why) implements CompromiseOutcome {}

  /// @param after from the command to the ack; null if there was none in time
  record Distrust(String name, String caller, @Nullable Duration after) {}
}
