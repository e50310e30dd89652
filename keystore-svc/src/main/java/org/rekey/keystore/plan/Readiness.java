package org.rekey.keystore.plan;

import static java.util.stream.Collectors.joining;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Who has acked a key and who has not.
///
/// @param epoch the one that each must have applied
/// @param verifiers all with a lease
/// @param knowsAllAt until then this keystore may not know every verifier; null if it does
/// @param notice what verifiers elsewhere are still owed; null if nothing
public record Readiness(
    long epoch, List<Standing> verifiers, @Nullable Instant knowsAllAt, @Nullable Notice notice) {
  private static final String UNKNOWN =
      "verifiers that this keystore, just started or just without its database, has not heard of";

  private static final String ELSEWHERE =
      "verifiers elsewhere, which may not have fetched the key yet";

  /// @param why not ready; empty if it is
  public record Standing(String name, String caller, long epoch, String why, Duration silentFor) {
    public boolean isReady() {
      return why.isEmpty();
    }
  }

  /// For how long a key has been published, where it has to be before it signs.
  ///
  /// @param published negative if another keystore's clock is ahead
  public record Notice(Duration published, Duration needed) {
    public boolean isOver() {
      return published.compareTo(needed) >= 0;
    }

    String text() {
      return "published for %d s of %d s (KEYSTORE_MIN_ANNOUNCED)"
          .formatted(Math.max(0, published.toSeconds()), needed.toSeconds());
    }
  }

  public Readiness with(@Nullable Notice other) {
    return new Readiness(epoch, verifiers, knowsAllAt, other);
  }

  public boolean isComplete() {
    return knowsAllAt == null && notice == null && verifiers.stream().allMatch(Standing::isReady);
  }

  /// Who is in the way; the same words for as long as the same ones are.
  public List<String> missing() {
    var names = new ArrayList<>(unacked());
    if (notice != null) {
      names.add(ELSEWHERE);
    }
    return List.copyOf(names);
  }

  /// What is in the way, in words.
  public String obstacle() {
    var unacked = unacked();
    return Stream.of(
            unacked.isEmpty() ? "" : "not acked by " + String.join(", ", unacked),
            notice == null ? "" : notice.text())
        .filter(text -> !text.isEmpty())
        .collect(joining("; "));
  }

  private List<String> unacked() {
    var names =
        verifiers.stream().filter(one -> !one.isReady()).map(Standing::name).sorted().toList();
    return knowsAllAt == null ? names : Stream.concat(names.stream(), Stream.of(UNKNOWN)).toList();
  }
}
