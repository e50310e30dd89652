package org.rekey.useradm;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What became of the wish to make or change a user.
public sealed interface UserOutcome {

  /// @param user as it is now
  record Done(User user) implements UserOutcome {}

  /// @param problem names the field and the rule, never a secret
  /// @param retryAfter with [Rule#TOO_MANY_FAILURES]: how long to wait
  record Refused(Rule rule, String problem, @Nullable Duration retryAfter) implements UserOutcome {
    Refused(Rule rule, String problem) {
      this(rule, problem, null);
    }
  }

  /// Why not.
  enum Rule {
    INVALID_FIELD,
    WEAK_PASSWORD,
    EMAIL_TAKEN,
    WRONG_CURRENT_PASSWORD,
    NOTHING_TO_CHANGE,
    OTHERS_PASSWORD,
    NOT_FOUND,
    CHANGED_MEANWHILE,
    ID_TAKEN,
    TOO_MANY_FAILURES
  }
}
