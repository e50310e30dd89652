package org.rekey.deviceauth;

import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Which devices have live tokens on a kid.
public interface TokenHolders {
  /// Hands over every device that has one, those with the most first, from one snapshot of the
  /// registry.
  void list(long kid, Instant now, Consumer<Holder> each);

  /// @param lastExpiry null if one of the tokens never expires
  record Holder(String deviceId, String identityData, long tokens, @Nullable Instant lastExpiry) {}
}
