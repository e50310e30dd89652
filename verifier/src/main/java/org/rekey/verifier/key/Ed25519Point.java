package org.rekey.verifier.key;

import java.math.BigInteger;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The 32 bytes of an Ed25519 public key, taken from its X.509 form because not every provider's
/// key class shows them.
final class Ed25519Point {
  private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");
  private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

  /// The y coordinates of the eight points of small order, sign bit cleared, big-endian hex. Under
  /// such a key some signatures verify for many messages.
  private static final Set<BigInteger> SMALL_ORDER_Y =
      Stream.of(
              "0",
              "1",
              "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
              "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7")
          .map(hex -> new BigInteger(hex, 16))
          .collect(Collectors.collectingAndThen(Collectors.toSet(), Ed25519Point::withMinusOne));

  private final byte[] encoded;

  private Ed25519Point(byte[] encoded) {
    this.encoded = encoded;
  }

  static Optional<Ed25519Point> of(PublicKey key) {
    var x509 = key.getEncoded();
    if (x509 == null
        || x509.length != X509_PREFIX.length + 32
        || !Arrays.equals(x509, 0, X509_PREFIX.length, X509_PREFIX, 0, X509_PREFIX.length)) {
      return Optional.empty();
    }
    return Optional.of(new Ed25519Point(Arrays.copyOfRange(x509, X509_PREFIX.length, x509.length)));
  }

  byte[] encoded() {
    return encoded.clone();
  }

  /// False for an encoding that is not canonical (y ≥ p) or a point of small order.
  boolean isSound() {
    var y = y();
    return y.compareTo(P) < 0 && !SMALL_ORDER_Y.contains(y);
  }

  private BigInteger y() {
    var bigEndian = new byte[encoded.length];
    for (int i = 0; i < encoded.length; i++) {
      bigEndian[i] = encoded[encoded.length - 1 - i];
    }
    bigEndian[0] &= 0x7f;
    return new BigInteger(1, bigEndian);
  }

  private static Set<BigInteger> withMinusOne(Set<BigInteger> ys) {
    return Stream.concat(ys.stream(), Stream.of(P.subtract(BigInteger.ONE)))
        .collect(Collectors.toUnmodifiableSet());
  }
}
