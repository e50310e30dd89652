package org.rekey.verifier.key;

import java.math.BigInteger;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// A public key as the members of a JWK that are the key itself, and no other: RFC 7518 §6 (RFC
/// 8037 for Ed25519, RFC 9964 for ML-DSA). They are also what its [Thumbprint] is made of.
public final class PublicJwk {
  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

  private PublicJwk() {}

  /// By name. For RSA, EC (P-256, P-384, P-521), Ed25519 and ML-DSA keys; others have no form here
  /// and are an error.
  public static SortedMap<String, String> of(PublicKey key) {
    var members = new TreeMap<String, String>();
    switch (key) {
      case RSAPublicKey rsa -> {
        members.put("kty", "RSA");
        members.put("n", unsigned(rsa.getModulus()));
        members.put("e", unsigned(rsa.getPublicExponent()));
      }
      case ECPublicKey ec -> {
        var curve = Curve.of(ec).orElseThrow(() -> unsupported(ec));
        members.put("kty", "EC");
        members.put("crv", curve.jwkName());
        members.put("x", BASE64URL.encodeToString(curve.fixedLength(ec.getW().getAffineX())));
        members.put("y", BASE64URL.encodeToString(curve.fixedLength(ec.getW().getAffineY())));
      }
      default ->
          MlDsaPublicKey.of(key)
              .ifPresentOrElse(mlDsa -> put(members, mlDsa), () -> put(members, ed25519(key)));
    }
    return Collections.unmodifiableSortedMap(members);
  }

  /// `alg` is part of what an Algorithm Key Pair is.
  private static void put(SortedMap<String, String> members, MlDsaPublicKey key) {
    members.put("kty", "AKP");
    members.put("alg", key.alg().jwsName());
    members.put("pub", BASE64URL.encodeToString(key.encoded()));
  }

  private static void put(SortedMap<String, String> members, Ed25519Point point) {
    members.put("kty", "OKP");
    members.put("crv", "Ed25519");
    members.put("x", BASE64URL.encodeToString(point.encoded()));
  }

  private static Ed25519Point ed25519(PublicKey key) {
    return Ed25519Point.of(key).orElseThrow(() -> unsupported(key));
  }

  private static String unsigned(BigInteger value) {
    var bytes = value.toByteArray();
    return BASE64URL.encodeToString(
        bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
  }

  private static IllegalArgumentException unsupported(PublicKey key) {
    return new IllegalArgumentException(
        "key type: "
            + key.getAlgorithm()
            + " (expected: RSA, EC on a NIST curve, Ed25519, or ML-DSA)");
  }
}
