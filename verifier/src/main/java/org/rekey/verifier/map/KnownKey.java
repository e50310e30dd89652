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
/// @param held no automatism may withdraw it
/// @param epoch the epoch of its newest event
public record KnownKey(
    String ring,
    long kid,
    KeyLife life,
    Alg alg,
    PublicKey publicKey,
    String thumbprint,
    String issuer,
    Purpose purpose,
    Instant addedAt,
    boolean held,
    long epoch) {

  public KeyState state() {
    return life.state();
  }

  public boolean verifies() {
    return life instanceof KeyLife.Trusted;
  }

  /// When it last began to sign; null if never.
  public @Nullable Instant activatedAt() {
    return life.activatedAt();
  }

  /// When it was retired or found compromised; null if it verifies.
  public @Nullable Instant withdrawnAt() {
    return life instanceof KeyLife.Withdrawn withdrawn ? withdrawn.at() : null;
  }

  /// Why it verifies no more; null if it does.
  public @Nullable Withdrawal withdrawal() {
    return life instanceof KeyLife.Withdrawn withdrawn ? withdrawn.why() : null;
  }

  boolean isSameAs(KnownKey other) {
    return thumbprint.equals(other.thumbprint)
        && alg == other.alg
        && issuer.equals(other.issuer)
        && purpose == other.purpose;
  }

  /// A hold ends with the trust in the key.
  KnownKey with(KeyLife next, long atEpoch) {
    return with(next, held && next instanceof KeyLife.Trusted, atEpoch);
  }

  KnownKey held(boolean isHeld, long atEpoch) {
    return with(life, isHeld, atEpoch);
  }

  private KnownKey with(KeyLife next, boolean isHeld, long atEpoch) {
    return new KnownKey(
        ring, kid, next, alg, publicKey, thumbprint, issuer, purpose, addedAt, isHeld, atEpoch);
  }
}
