package org.rekey.verifier.key;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;

/// The name of a public key by its value: RFC 7638 (RFC 8037 for Ed25519, RFC 9964 for ML-DSA),
/// SHA-256, base64url without padding.
public final class Thumbprint {
  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

  private Thumbprint() {}

  /// For RSA, EC (P-256, P-384, P-521), Ed25519 and ML-DSA keys; others have no thumbprint here and
  /// are an error.
  public static String of(PublicKey key) {
    var json =
        switch (key) {
          case RSAPublicKey rsa ->
              "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}"
                  .formatted(unsigned(rsa.getPublicExponent()), unsigned(rsa.getModulus()));
          case ECPublicKey ec -> ec(ec);
          default -> MlDsaPublicKey.of(key).map(Thumbprint::mlDsa).orElseGet(() -> ed25519(key));
        };
    return BASE64URL.encodeToString(sha256(json));
  }

  private static String ec(ECPublicKey key) {
    var curve = Curve.of(key).orElseThrow(() -> unsupported(key));
    return "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}"
        .formatted(
            curve.jwkName(),
            BASE64URL.encodeToString(curve.fixedLength(key.getW().getAffineX())),
            BASE64URL.encodeToString(curve.fixedLength(key.getW().getAffineY())));
  }

  private static String ed25519(PublicKey key) {
    var point = Ed25519Point.of(key).orElseThrow(() -> unsupported(key));
    return "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"}"
        .formatted(BASE64URL.encodeToString(point.encoded()));
  }

  /// `alg` is part of what an Algorithm Key Pair is, so it is part of its name.
  private static String mlDsa(MlDsaPublicKey key) {
    return "{\"alg\":\"%s\",\"kty\":\"AKP\",\"pub\":\"%s\"}"
        .formatted(key.alg().jwsName(), BASE64URL.encodeToString(key.encoded()));
  }

  private static String unsigned(BigInteger value) {
    var bytes = value.toByteArray();
    return BASE64URL.encodeToString(
        bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256: missing (expected: in every JDK)", e);
    }
  }

  private static IllegalArgumentException unsupported(PublicKey key) {
    return new IllegalArgumentException(
        "key type: "
            + key.getAlgorithm()
            + " (expected: RSA, EC on a NIST curve, Ed25519, or ML-DSA)");
  }
}
