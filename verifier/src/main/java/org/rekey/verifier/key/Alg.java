package org.rekey.verifier.key;

import static java.util.stream.Collectors.joining;

import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The JWS algorithms that keys of a ring may have. Every key has exactly one.
///
/// There is no `none` and no HMAC here, so a token cannot ask for them.
public enum Alg {
  RS256("RS256", "SHA256withRSA", null, Alg.BY_KEY),
  ES256("ES256", "SHA256withECDSAinP1363Format", Curve.P_256, Alg.BY_KEY),
  ES384("ES384", "SHA384withECDSAinP1363Format", Curve.P_384, Alg.BY_KEY),
  ES512("ES512", "SHA512withECDSAinP1363Format", Curve.P_521, Alg.BY_KEY),
  /// Ed25519 only. RFC 9864 deprecates the name for `Ed25519`; Mender and most libraries know only
  /// this one.
  EDDSA("EdDSA", "Ed25519", null, 64),
  /// FIPS 204 in JOSE by RFC 9964: pure, with an empty context.
  ML_DSA_44("ML-DSA-44", "ML-DSA", null, 2420),
  ML_DSA_65("ML-DSA-65", "ML-DSA", null, 3309),
  ML_DSA_87("ML-DSA-87", "ML-DSA", null, 4627);

  private static final int BY_KEY = 0;

  private final String jwsName;
  private final String jcaName;
  private final @Nullable Curve curve;

  /// In bytes; different for every algorithm that has one, which keeps the parameter sets of ML-DSA
  /// apart: they share one JCA name.
  private final int signatureLength;

  Alg(String jwsName, String jcaName, @Nullable Curve curve, int signatureLength) {
    this.jwsName = jwsName;
    this.jcaName = jcaName;
    this.curve = curve;
    this.signatureLength = signatureLength;
  }

  /// The value of the header's `alg`.
  public String jwsName() {
    return jwsName;
  }

  /// Empty for a name that no key here can have. Case matters.
  public static Optional<Alg> named(String jwsName) {
    return Arrays.stream(values()).filter(alg -> alg.jwsName.equals(jwsName)).findFirst();
  }

  /// @throws IllegalArgumentException for the first name that no key here can have
  public static Set<Alg> allNamed(Collection<String> jwsNames) {
    var algs = EnumSet.noneOf(Alg.class);
    for (var name : jwsNames) {
      algs.add(
          named(name)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          name
                              + " (expected: "
                              + Arrays.stream(values()).map(Alg::jwsName).collect(joining(", "))
                              + ")")));
    }
    return algs;
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
      default -> Optional.of(MlDsaPublicKey.of(key).map(MlDsaPublicKey::alg).orElse(EDDSA));
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
      case EDDSA, ML_DSA_44, ML_DSA_65, ML_DSA_87 -> signature.length == signatureLength;
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
