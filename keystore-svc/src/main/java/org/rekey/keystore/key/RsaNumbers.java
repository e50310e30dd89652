package org.rekey.keystore.key;

import java.math.BigInteger;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;

/// Whether the private numbers of an RSA key are what a sound generator makes (FIPS 186-5, A.1.1).
/// The public ones are looked at elsewhere, and first.
final class RsaNumbers {
  private static final int CERTAINTY = 64;

  private RsaNumbers() {}

  /// Why the key could be computed from its public half; empty when nothing is known.
  static Optional<String> weakness(RSAPrivateKey key) {
    var p = key.getPrime1();
    var q = key.getPrime2();
    var half = key.getModulus().bitLength() / 2;
    if (!p.multiply(q).equals(key.getModulus())) {
      return Optional.empty();
    }
    if (Math.min(p.bitLength(), q.bitLength()) < half - 1) {
      return Optional.of("RSA primes: one is short (expected: two of %d bits)".formatted(half));
    }
    if (p.subtract(q).abs().bitLength() <= half - 100) {
      return Optional.of("RSA primes: too close to each other (expected: two random ones)");
    }
    if (key.getPrivateExponent().bitLength() <= half) {
      return Optional.of(
          "RSA private exponent: %d bits (expected: more than %d)"
              .formatted(key.getPrivateExponent().bitLength(), half));
    }
    return isPrime(p) && isPrime(q)
        ? Optional.empty()
        : Optional.of("RSA primes: one is no prime (expected: two)");
  }

  private static boolean isPrime(BigInteger number) {
    return number.isProbablePrime(CERTAINTY);
  }
}
