package org.rekey.keystore.plan;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What hangs on one kid, as its issuer counted it.
///
/// @param lastExpiry when the last of the tokens ends; null if one never does or there are none
/// @param owners users or devices with at least one of them
/// @param topOwners those with the most of them
/// @param anyKid tokens whose kid is not known; they count for every key of the ring
public record TokenUsage(
    String ring,
    long kid,
    long sessions,
    long personalAccessTokens,
    long deviceTokens,
    @Nullable Instant lastExpiry,
    boolean neverExpires,
    long owners,
    List<Owner> topOwners,
    boolean anyKid) {

  /// @param name an e-mail; may be empty
  public record Owner(String id, String name, long tokens) {}

  public static TokenUsage none(String ring, long kid) {
    return new TokenUsage(ring, kid, 0, 0, 0, null, false, 0, List.of(), false);
  }

  public long tokens() {
    return sum(sum(sessions, personalAccessTokens), deviceTokens);
  }

  /// Together with what hangs on any kid. An owner of both counts twice.
  public TokenUsage and(TokenUsage any) {
    List<Owner> top = new ArrayList<>(topOwners);
    top.addAll(any.topOwners);
    top.sort(Comparator.comparingLong(Owner::tokens).reversed());
    return new TokenUsage(
        ring,
        kid,
        sum(sessions, any.sessions),
        sum(personalAccessTokens, any.personalAccessTokens),
        sum(deviceTokens, any.deviceTokens),
        later(lastExpiry, any.lastExpiry),
        neverExpires || any.neverExpires,
        sum(owners, any.owners),
        List.copyOf(top.subList(0, Math.min(top.size(), 20))),
        anyKid || any.anyKid);
  }

  /// Never below what it should be, whatever somebody reports.
  private static long sum(long one, long other) {
    return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
  }

  private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.isAfter(other) ? one : other;
  }
}
