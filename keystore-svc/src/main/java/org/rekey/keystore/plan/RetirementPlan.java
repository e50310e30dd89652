package org.rekey.keystore.plan;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KnownKey;

/// Whether a key may be retired, and if not, what is in the way and from when on it may.
///
/// A count proves that nothing hangs on a key only if no token can have been signed with it and
/// not yet written down: it must have begun [Bounds#settle()] after the key stopped signing.
///
/// @param counted what hangs on it; null if nobody has counted
/// @param safeFrom when it will be safe if nothing new comes; null if that cannot be said
/// @param obstacles a line for each; none when it is safe
public record RetirementPlan(
    KnownKey key,
    @Nullable CountedUsage counted,
    @Nullable Instant safeFrom,
    List<String> obstacles) {

  /// @param settle how long after a key stopped signing a token of it may still be on its way into
  ///     the registry
  /// @param goodFor how old a count may be
  public record Bounds(Duration settle, Duration goodFor) {}

  public boolean isSafe() {
    return obstacles.isEmpty();
  }

  public static RetirementPlan of(
      KnownKey key, Optional<CountedUsage> counted, Instant now, Bounds bounds) {
    var obstacles = new ArrayList<String>();
    switch (key.life()) {
      case KeyLife.Withdrawn withdrawn ->
          obstacles.add("it is %s already, since %s".formatted(key.state(), withdrawn.at()));
      case KeyLife.Active _ -> obstacles.add("it signs (activate another key first)");
      case KeyLife.Idle _ -> {}
    }
    if (key.held()) {
      obstacles.add("it is held (release it first)");
    }
    var isSettledByItself = obstacles.isEmpty();
    var settled = settledAt(key, bounds);
    var from = settled.isAfter(now) ? settled : now;
    if (counted.isEmpty()) {
      obstacles.add(
          "nobody has counted what hangs on it (expected: reports of %s; is one running?)"
              .formatted(key.ring()));
      return new RetirementPlan(key, null, null, List.copyOf(obstacles));
    }
    var usage = counted.get().usage();
    var countedAt = counted.get().countedAt();
    if (usage.tokens() > 0) {
      obstacles.add(hanging(usage));
      var last = usage.lastExpiry();
      if (usage.neverExpires() || last == null) {
        return new RetirementPlan(key, counted.get(), null, List.copyOf(obstacles));
      }
      from = last.isAfter(from) ? last : from;
    } else if (countedAt.isBefore(settled)) {
      obstacles.add(
          "counted at %s, and tokens that it signed last may be on their way until %s (count again)"
              .formatted(countedAt, settled));
    } else if (countedAt.plus(bounds.goodFor()).isBefore(now)) {
      obstacles.add(
          "counted at %s, which is too long ago (expected: reports of %s; is one running?)"
              .formatted(countedAt, key.ring()));
      return new RetirementPlan(key, counted.get(), null, List.copyOf(obstacles));
    }
    return new RetirementPlan(
        key, counted.get(), isSettledByItself ? from : null, List.copyOf(obstacles));
  }

  /// From when on a count means what it says.
  private static Instant settledAt(KnownKey key, Bounds bounds) {
    return switch (key.life()) {
      case KeyLife.VerifyOnly only -> only.replacedAt().plus(bounds.settle());
      case KeyLife.Announced(_, Instant removedAt) when removedAt != null ->
          removedAt.plus(bounds.settle());
      default -> key.addedAt();
    };
  }

  private static String hanging(TokenUsage usage) {
    var parts = new ArrayList<String>();
    add(parts, usage.sessions(), "session");
    add(parts, usage.personalAccessTokens(), "personal access token");
    add(parts, usage.deviceTokens(), "device token");
    return "%s of %d %s hang on it%s, %s"
        .formatted(
            String.join(" and ", parts),
            usage.owners(),
            usage.owners() == 1 ? "owner" : "owners",
            usage.anyKid() ? " or may do (imported, kid not known)" : "",
            usage.neverExpires() || usage.lastExpiry() == null
                ? "and one never expires"
                : "the last until " + usage.lastExpiry());
  }

  private static void add(List<String> parts, long count, String what) {
    if (count > 0) {
      parts.add(count + " " + what + (count == 1 ? "" : "s"));
    }
  }
}
