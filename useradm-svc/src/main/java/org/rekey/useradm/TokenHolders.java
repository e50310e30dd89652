package org.rekey.useradm;

import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who has live tokens on a kid.
public interface TokenHolders {
  /// Hands over everybody who has one, those with the most first, from one snapshot of the
  /// registry.
  ///
  /// @param anyKid also tokens that were taken over and not used since
  void list(long kid, boolean anyKid, Instant now, Consumer<Holder> each);

  /// @param lastExpiry null if one of the tokens never expires
  record Holder(
      String userId,
      String email,
      long sessions,
      List<NamedToken> personalAccessTokens,
      @Nullable Instant lastExpiry) {}

  /// @param expiresAt null: never
  /// @param lastUsedAt null: never
  record NamedToken(
      String id, String name, @Nullable Instant expiresAt, @Nullable Instant lastUsedAt) {}
}
