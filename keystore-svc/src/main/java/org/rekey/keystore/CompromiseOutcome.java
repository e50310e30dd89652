package org.rekey.keystore;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.log.Impact;

/// What became of the order to distrust a key.
public sealed interface CompromiseOutcome {
  /// @param successor who signs now; null if the bad key did not sign
  /// @param impact what ended with it; null if nobody had counted
  /// @param end of trust in it
  /// @param overridden who had not acked the successor when it began to sign
  record Distrusted(
      long kid, @Nullable Long successor, @Nullable Impact impact, End end, List<String> overridden)
      implements CompromiseOutcome {}

  record Refused(CommandOutcome why) implements CompromiseOutcome {}

  /// @param verifiers all that were live, and from when on each refuses the key
  /// @param knowsAllAt until then there may be others; null if there are none
  /// @param silent those whose lease was over before: gone, or cut off and accepting the key still
  record End(List<Distrust> verifiers, @Nullable Instant knowsAllAt, List<Silent> silent) {}

  /// @param after from the command to the ack; null if there was none in time
  /// @param why there was none; empty if there was
  record Distrust(String name, String caller, @Nullable Duration after, String why) {}

  record Silent(String name, String caller, Instant reportedAt) {}
}
