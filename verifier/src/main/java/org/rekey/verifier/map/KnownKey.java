package org.rekey.verifier.map;

import java.security.PublicKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.key.Alg;

/// What the key log says of one kid of one ring.
///
/// @param publicKey in the form that the preferred crypto provider checks fastest with
/// @param thumbprint RFC 7638
/// @param issuer the only `iss` that its tokens may carry
/// @param addedAt when it was first announced
/// @param activatedAt when it last began to sign; null if never
/// @param withdrawnAt when it was retired or found compromised; null if it verifies
/// @param withdrawal why; null if it verifies
/// @param epoch the epoch of its newest event
public record KnownKey(
    String ring,
    long kid,
    KeyState state,
    Alg alg,
    PublicKey publicKey,
    String thumbprint,
    String issuer,
    Purpose purpose,
    Instant addedAt,
    @Nullable Instant activatedAt,
    @Nullable Instant withdrawnAt,
    @Nullable Withdrawal withdrawal,
    long epoch) {

  public boolean verifies() {
    return state.verifies();
  }

  boolean isSameAs(KnownKey other) {
    return thumbprint.equals(other.thumbprint)
        && alg == other.alg
        && issuer.equals(other.issuer)
        && purpose == other.purpose;
  }

  KnownKey announcedAgain(long epoch) {
    return with(KeyState.ANNOUNCED, activatedAt, null, null, epoch);
  }

  KnownKey activated(Instant at, long epoch) {
    return with(KeyState.ACTIVE, at, null, null, epoch);
  }

  KnownKey replaced(long epoch) {
    return with(KeyState.VERIFY_ONLY, activatedAt, null, null, epoch);
  }

  KnownKey withdrawn(Withdrawal withdrawal, Instant at, long epoch) {
    var state = withdrawal == Withdrawal.COMPROMISED ? KeyState.COMPROMISED : KeyState.RETIRED;
    return with(state, activatedAt, at, withdrawal, epoch);
  }

  private KnownKey with(
      KeyState state,
      @Nullable Instant activatedAt,
      @Nullable Instant withdrawnAt,
      @Nullable Withdrawal withdrawal,
      long epoch) {
    return new KnownKey(
        ring,
        kid,
        state,
        alg,
        publicKey,
        thumbprint,
        issuer,
        purpose,
        addedAt,
        activatedAt,
        withdrawnAt,
        withdrawal,
        epoch);
  }
}
