package org.rekey.deviceauth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/// The proof of a new key, as a device writes it or as somebody else would like to.
record TestProof(String header, String payload, KeyPair signer) {
  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();
  private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();
  private static final int ED25519_PREFIX = 12;

  static TestProof of(KeyPair fresh, TestDevice old, String challenge) {
    String payload =
        "{\"aud\":\"rekey-deviceauth\",\"nonce\":\"%s\",\"old_key_sha256\":\"%s\"}"
            .formatted(challenge, BASE64URL.encodeToString(sha256(old)));
    return new TestProof(header(fresh), payload, fresh);
  }

  static String header(KeyPair fresh) {
    return switch (fresh.getPublic()) {
      case RSAPublicKey rsa ->
          header(
              "RS256",
              "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\""
                  .formatted(unsigned(rsa.getModulus(), 0), unsigned(rsa.getPublicExponent(), 0)));
      case ECPublicKey ec ->
          header(
              "ES256",
              "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\""
                  .formatted(
                      unsigned(ec.getW().getAffineX(), 32), unsigned(ec.getW().getAffineY(), 32)));
      default -> {
        byte[] x509 = fresh.getPublic().getEncoded();
        yield header(
            "EdDSA",
            "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\""
                .formatted(
                    BASE64URL.encodeToString(
                        Arrays.copyOfRange(x509, ED25519_PREFIX, x509.length))));
      }
    };
  }

  static String header(String alg, String jwk) {
    return "{\"alg\":\"%s\",\"typ\":\"rekey-key-rotation+jwt\",\"jwk\":{%s}}".formatted(alg, jwk);
  }

  private static byte[] sha256(TestDevice device) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(device.keys().getPublic().getEncoded());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static String unsigned(BigInteger number, int length) {
    byte[] bytes = number.toByteArray();
    byte[] stripped = bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    byte[] padded = new byte[Math.max(length, stripped.length)];
    System.arraycopy(stripped, 0, padded, padded.length - stripped.length, stripped.length);
    return BASE64URL.encodeToString(padded);
  }

  TestProof withHeader(String other) {
    return new TestProof(other, payload, signer);
  }

  TestProof withPayload(String other) {
    return new TestProof(header, other, signer);
  }

  TestProof signedBy(KeyPair other) {
    return new TestProof(header, payload, other);
  }

  String jws() {
    String signed =
        BASE64URL.encodeToString(header.getBytes(UTF_8))
            + "."
            + BASE64URL.encodeToString(payload.getBytes(UTF_8));
    String algorithm =
        switch (signer.getPrivate().getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC", "ECDSA" -> "SHA256withPLAIN-ECDSA";
          default -> "Ed25519";
        };
    try {
      Signature signature = Signature.getInstance(algorithm, BOUNCY_CASTLE);
      signature.initSign(signer.getPrivate());
      signature.update(signed.getBytes(UTF_8));
      return signed + "." + BASE64URL.encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /// The device's request with it.
  byte[] body(TestDevice device) {
    return device.body("{\"id_data\":%s,\"pubkey\":%s,\"new_key_proof\":\"" + jws() + "\"}\n");
  }
}
