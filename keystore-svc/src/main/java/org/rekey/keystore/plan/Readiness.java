package org.rekey.keystore.plan;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Who has acked a key and who has not.
///
/// @param epoch the one that each must have applied
/// @param verifiers all with a lease
/// @param knowsAllAt until then this keystore may not know every verifier; null if it does
public record Readiness(long epoch, List<Standing> verifiers, @Nullable Instant knowsAllAt) {
  private static final String UNKNOWN =
      "verifiers that this keystore, just started or just without its database, has not heard of";

  /// @param why not ready; empty if it is
  public record Standing(String name, String caller, long epoch, String why, Duration silentFor) {
    public boolean isReady() {
      return why.isEmpty();
    }
  }

  public boolean isComplete() {
    return knowsAllAt == null && verifiers.stream().allMatch(Standing::isReady);
  }

  /// Who is in the way, in words.
  public List<String> missing() {
    var names =
        verifiers.stream().filter(one -> !one.isReady()).map(Standing::name).sorted().toList();
    return knowsAllAt == null ? names : Stream.concat(names.stream(), Stream.of(UNKNOWN)).toList();
  }
}
