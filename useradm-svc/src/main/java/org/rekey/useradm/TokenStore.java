package org.rekey.useradm;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.useradm.UserStore.Credentials;

/// The token registry: a token without a row here is not live, whatever its signature says.
public interface TokenStore {
  /// Enters a session, ends the user's oldest ones over the limit and notes the login, all or
  /// nothing.
  ///
  /// @param checked what the password was checked against; when it is no longer true nothing is
  /// entered
  /// @param limit sessions that a user may have; 0 for any number
  Entry enter(Session session, Credentials checked, int limit);

  /// Ends one token of a user.
  ///
  /// @return false if it was not there
  boolean remove(String tokenId, String userId);

  /// Deletes what expired before an instant, some rows at a time.
  ///
  /// @return how many; less than the batch when no more are left
  int removeExpired(Instant before, int batch);

  /// Live tokens on every kid.
  List<KidUsage> usage(Instant now);

  /// @param expiresAt null: never
  record Session(
      String tokenId, String userId, long kid, Instant issuedAt, @Nullable Instant expiresAt) {}

  /// What became of an entry.
  sealed interface Entry {}

  /// @param ended the sessions that the limit ended
  record Entered(List<String> ended) implements Entry {}

  /// The user was deleted, or their password changed, since it was checked.
  record Outdated() implements Entry {}

  /// @param lastExpiry null when there is none
  /// @param neverExpires one of them has no expiry
  record KidUsage(
      long kid,
      long sessions,
      long personalAccessTokens,
      @Nullable Instant lastExpiry,
      boolean neverExpires) {}
}
