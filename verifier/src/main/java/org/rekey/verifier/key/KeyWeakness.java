package org.rekey.verifier.key;

import java.math.BigInteger;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Optional;

/// Why a public key is not accepted, in a line that an operator can act on.
public record KeyWeakness(String text) {
  private static final int MIN_RSA_BITS = 2048;

  /// A check costs the square of it; 16 kbit moduli are a way to burn a verifier's CPU.
  private static final int MAX_RSA_BITS = 8192;

  private static final int MAX_EXPONENT_BITS = 33;
  private static final BigInteger THREE = BigInteger.valueOf(3);
  private static final int[] ROCA_PRIMES = {
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167
  };

  /// Empty when the key may be used.
  public static Optional<KeyWeakness> of(PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa -> ofRsa(rsa);
      case ECPublicKey ec -> ofEc(ec);
      default -> MlDsaPublicKey.of(key).map(KeyWeakness::ofMlDsa).orElseGet(() -> ofEd25519(key));
    };
  }

  private static Optional<KeyWeakness> ofRsa(RSAPublicKey key) {
    return key.getAlgorithm().equals("RSA")
        ? ofRsa(key.getModulus(), key.getPublicExponent(), MIN_RSA_BITS)
        : weak("key type: " + key.getAlgorithm() + " (expected: plain RSA)");
  }

  /// As [#of], for keys that others have made and that may be shorter.
  ///
  /// @param minBits of the modulus
  public static Optional<KeyWeakness> ofRsa(BigInteger modulus, BigInteger exponent, int minBits) {
    var bits = modulus.bitLength();
    if (modulus.signum() <= 0 || bits < minBits || bits > MAX_RSA_BITS) {
      return weak(
          "RSA modulus: %d bits (expected: %d to %d)".formatted(bits, minBits, MAX_RSA_BITS));
    }
    if (!modulus.testBit(0)) {
      return weak("RSA modulus: even (expected: a product of two odd primes)");
    }
    if (exponent.compareTo(THREE) < 0
        || !exponent.testBit(0)
        || exponent.bitLength() > MAX_EXPONENT_BITS) {
      return weak("RSA public exponent: out of range (expected: odd, 3 to 2^33, usually 65537)");
    }
    return hasRocaFingerprint(modulus)
        ? weak("RSA modulus: made by a generator with the ROCA flaw (expected: another key)")
        : Optional.empty();
  }

  private static Optional<KeyWeakness> ofEc(ECPublicKey key) {
    return Curve.of(key)
        .map(
            curve ->
                curve.contains(key.getW())
                    ? Optional.<KeyWeakness>empty()
                    : weak(
                        "EC point: not on the curve (expected: a point of "
                            + curve.jwkName()
                            + ")"))
        .orElseGet(() -> weak("EC curve: unsupported (expected: P-256, P-384 or P-521)"));
  }

  private static Optional<KeyWeakness> ofMlDsa(MlDsaPublicKey key) {
    return key.isSound()
        ? Optional.empty()
        : weak("ML-DSA public key: t1 is zero (expected: another key)");
  }

  private static Optional<KeyWeakness> ofEd25519(PublicKey key) {
    return Ed25519Point.of(key)
        .map(
            point ->
                point.isSound()
                    ? Optional.<KeyWeakness>empty()
                    : weak(
                        "Ed25519 point: not canonical or of small order (expected: another key)"))
        .orElseGet(
            () ->
                weak(
                    "key type: "
                        + key.getAlgorithm()
                        + " (expected: RSA, EC on P-256, P-384 or P-521, Ed25519, or ML-DSA)"));
  }

  private static Optional<KeyWeakness> weak(String text) {
    return Optional.of(new KeyWeakness(text));
  }

  /// CVE-2017-15361: such moduli are powers of 65537 modulo every small prime.
  private static boolean hasRocaFingerprint(BigInteger modulus) {
    return Arrays.stream(ROCA_PRIMES)
        .allMatch(
            prime -> {
              var target = modulus.mod(BigInteger.valueOf(prime)).intValue();
              var power = 1;
              for (int i = 0; i < prime; i++) {
                if (power == target) {
                  return true;
                }
                power = power * (65537 % prime) % prime;
              }
              return false;
            });
  }
}
