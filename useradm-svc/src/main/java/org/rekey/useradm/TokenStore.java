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

  /// Enters a personal access token of a user who has not reached the limit yet.
  ///
  /// @param limit personal access tokens that a user may have; 0 for any number
  /// @param madeWith the token with which it is asked for: if that has ended, nothing is entered,
  /// so that nobody gets a new token with one that was taken from them. Null: with none
  PersonalEntry enter(PersonalAccessToken token, int limit, @Nullable String madeWith);

  /// A user's personal access tokens that have not expired, in the order in which they were made.
  List<PersonalAccessToken> personal(String userId, Instant now);

  /// Ends one token of a user.
  ///
  /// @return false if it was not there
  boolean remove(String tokenId, String userId, EndedBy by);

  /// Ends all tokens of a user.
  ///
  /// @return their ids
  List<String> removeAllOf(String userId);

  /// Ends all tokens of all users.
  ///
  /// @return how many
  long removeEverything();

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

  /// What became of the entry of a personal access token.
  enum PersonalEntry {
    ENTERED,
    NO_SUCH_USER,
    NAME_TAKEN,
    TOO_MANY,
    CALLER_ENDED
  }

  /// Why one token ends.
  enum EndedBy {
    LOGOUT,
    REVOCATION
  }

  /// @param kid null: tokens that were taken over and not used since, so that any key may be theirs
  /// @param owners users with at least one of the tokens
  /// @param topOwners those with the most of them, at most [#TOP_OWNERS]
  /// @param lastExpiry null when there is none
  /// @param neverExpires one of them has no expiry
  record KidUsage(
      @Nullable Long kid,
      long sessions,
      long personalAccessTokens,
      long owners,
      List<Owner> topOwners,
      @Nullable Instant lastExpiry,
      boolean neverExpires) {
    public static final int TOP_OWNERS = 20;
  }

  /// @param tokens how many of the tokens are this user's
  record Owner(String userId, String email, long tokens) {}
}
