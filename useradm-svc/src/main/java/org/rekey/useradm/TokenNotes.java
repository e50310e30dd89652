package org.rekey.useradm;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/// What the token registry learns from the use of tokens.
public interface TokenNotes {
  /// Notes when tokens were last used. Those that are not there are left out.
  ///
  /// @param atMostEvery what is noted already stays if it is younger than this before the use
  void noteUses(Map<String, Instant> uses, Duration atMostEvery);

  /// Notes the kids of tokens of which they were not known.
  void noteKids(Map<String, Long> kids);
}
