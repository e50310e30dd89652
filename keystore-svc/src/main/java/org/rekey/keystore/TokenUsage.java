package org.rekey.keystore;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What hangs on one kid, as its issuer counted it.
///
/// @param lastExpiry when the last of the tokens ends; null if one never does or there are none
public record TokenUsage(
    String ring,
    long kid,
    long sessions,
    long personalAccessTokens,
    long deviceTokens,
    @Nullable Instant lastExpiry,
    boolean neverExpires) {

  static TokenUsage none(String ring, long kid) {
    return new TokenUsage(ring, kid, 0, 0, 0, null, false);
  }
}
