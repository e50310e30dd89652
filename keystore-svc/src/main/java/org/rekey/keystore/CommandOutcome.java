package org.rekey.keystore;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.log.Impact;

/// What became of a [KeyCommand].
public sealed interface CommandOutcome {
  /// @param overridden the verifiers that had not acked when an override went ahead
  /// @param impact what ended with the key by this command; null if nothing did, or nobody counted
  record Done(long kid, List<String> overridden, @Nullable Impact impact)
      implements CommandOutcome {
    Done(long kid) {
      this(kid, List.of(), null);
    }
  }

  /// It will happen as soon as it is safe.
  record Ordered(long kid) implements CommandOutcome {}

  /// Nothing has happened.
  sealed interface Refused extends CommandOutcome {
    /// What is in the way, and the way out.
    String why();
  }

  record NoSuchKey(String why) implements Refused {
    static NoSuchKey of(String ring, long kid) {
      return new NoSuchKey("kid %d: no such key in ring %s".formatted(kid, ring));
    }
  }

  /// The kid belongs to a key, or its file name to a file.
  record Taken(String why) implements Refused {}

  /// The command itself lacks something.
  record Incomplete(String why) implements Refused {}

  /// The key or its verifiers are not in the state for it.
  record NotNow(String why) implements Refused {}
}
