package org.rekey.verifier.key;

import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The JWS algorithms that keys of a ring may have. Every key has exactly one.
///
/// There is no `none` and no HMAC here, so a token cannot ask for them.
public enum Alg {
  RS256("RS256", "SHA256withRSA", null),
  ES256("ES256", "SHA256withECDSAinP1363Format", Curve.P_256),
  ES384("ES384", "SHA384withECDSAinP1363Format", Curve.P_384),
  ES512("ES512", "SHA512withECDSAinP1363Format", Curve.P_521),
  /// Ed25519 only. RFC 9864 deprecates the name for `Ed25519`; Mender and most libraries know only
  /// this one.
  EDDSA("EdDSA", "Ed25519", null);

  private static final int ED25519_SIGNATURE = 64;

  private final String jwsName;
  private final String jcaName;
  private final @Nullable Curve curve;

  Alg(String jwsName, String jcaName, @Nullable Curve curve) {
    this.jwsName = jwsName;
    this.jcaName = jcaName;
    this.curve = curve;
  }

  /// The value of the header's `alg`.
  public String jwsName() {
    return jwsName;
  }

  /// Empty for a name that no key here can have. Case matters.
  public static Optional<Alg> named(String jwsName) {
    return Arrays.stream(values()).filter(alg -> alg.jwsName.equals(jwsName)).findFirst();
  }

  /// The algorithm of a key; empty when the key is of a type or strength that is not accepted. Why
  /// not: [KeyWeakness#of(PublicKey)].
  public static Optional<Alg> of(PublicKey key) {
    if (KeyWeakness.of(key).isPresent()) {
      return Optional.empty();
    }
    return switch (key) {
      case RSAPublicKey _ -> Optional.of(RS256);
      case ECPublicKey ec ->
          Curve.of(ec)
              .map(
                  curve ->
                      switch (curve) {
                        case P_256 -> ES256;
                        case P_384 -> ES384;
                        case P_521 -> ES512;
                      });
      default -> Optional.of(EDDSA);
    };
  }

  /// Whether this process can check it.
  public boolean isSupported() {
    return CryptoProvider.preferred().supports(this);
  }

  /// Checks a JWS signature strictly; see [CryptoProvider#verify].
  public boolean verify(PublicKey key, byte[] signingInput, byte[] signature) {
    return CryptoProvider.preferred()
        .verify(this, key, signingInput, 0, signingInput.length, signature);
  }

  /// Makes a JWS signature; see [CryptoProvider#sign].
  public byte[] sign(PrivateKey key, byte[] signingInput) {
    return CryptoProvider.preferred().sign(this, key, signingInput);
  }

  String jcaName() {
    return jcaName;
  }

  /// Cheap checks that every provider should make and not every one has made (CVE-2022-21449):
  /// exact length, and for ECDSA 0 < r, s < n.
  boolean isWellFormed(PublicKey key, byte[] signature) {
    return switch (this) {
      case RS256 ->
          key instanceof RSAPublicKey rsa
              && signature.length == (rsa.getModulus().bitLength() + 7) / 8
              && new BigInteger(1, signature).compareTo(rsa.getModulus()) < 0;
      case ES256, ES384, ES512 -> key instanceof ECPublicKey && hasRsInRange(signature);
      case EDDSA -> signature.length == ED25519_SIGNATURE;
    };
  }

  private boolean hasRsInRange(byte[] signature) {
    if (curve == null) {
      throw new AssertionError(this);
    }
    var order = curve.orderBytes();
    var half = order.length;
    return signature.length == 2 * half
        && isInRange(signature, 0, half, order)
        && isInRange(signature, half, 2 * half, order);
  }

  private static boolean isInRange(byte[] bytes, int from, int to, byte[] order) {
    if (Arrays.compareUnsigned(bytes, from, to, order, 0, order.length) >= 0) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (bytes[i] != 0) {
        return true;
      }
    }
    return false;
  }
}
