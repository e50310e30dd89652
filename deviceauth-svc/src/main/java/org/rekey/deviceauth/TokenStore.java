package org.rekey.deviceauth;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The token registry: a device's token without a row here is not live, whatever its signature
/// says.
public interface TokenStore {
  /// Enters a token of an accepted auth set, and ends older ones of the same auth set.
  ///
  /// @param keep how many of them are live then, at most
  Entry enter(Token token, int keep);

  /// Ends a token, or all tokens of an auth set.
  ///
  /// @return their ids; empty when neither a token nor an auth set has this id
  Optional<List<String>> revoke(String id);

  /// @return the ids of the tokens
  List<String> revokeAllOf(String deviceId);

  /// Ends all tokens of all devices.
  ///
  /// @return how many
  long revokeEverything();

  /// Deletes what expired before an instant, some rows at a time.
  ///
  /// @return how many; less than the batch when no more are left
  int removeExpired(Instant before, int batch);

  /// Live tokens on every kid.
  List<KidUsage> usage(Instant now);

  /// @param bound to a certificate
  record Token(
      String id,
      String deviceId,
      String authSetId,
      long kid,
      Instant issuedAt,
      Instant expiresAt,
      boolean bound) {}

  /// What became of an entry.
  sealed interface Entry {}

  /// @param ended older tokens
  record Entered(List<String> ended) implements Entry {}

  /// The auth set is accepted no more, or no more without a certificate.
  record NotAccepted() implements Entry {}

  /// @param owners devices with at least one of the tokens
  /// @param topOwners those with the most of them, at most [#TOP_OWNERS]
  /// @param lastExpiry null when there is none
  record KidUsage(
      long kid,
      long tokens,
      long owners,
      List<Owner> topOwners,
      @Nullable Instant lastExpiry,
      boolean neverExpires) {
    public static final int TOP_OWNERS = 20;
  }

  /// @param tokens how many of the tokens are this device's
  record Owner(String deviceId, String identityData, long tokens) {}
}
