package org.rekey.deviceauth;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The token registry: a device's token without a row here is not live, whatever its signature
/// says.
public interface DeviceTokens {
  /// Live tokens on every kid.
  List<KidUsage> usage(Instant now);

  /// @param lastExpiry null when there is none
  /// @param neverExpires one of them has no expiry
  record KidUsage(long kid, long tokens, @Nullable Instant lastExpiry, boolean neverExpires) {}
}
