package org.rekey.agent.key;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.PlainDSAEncoding;

/// A key's own word that it follows another: a compact JWS with the new public key in its header
/// and, in its payload, the server's challenge and what key it follows. See
/// `docs/device-key-rotation.md`.
public final class KeyProof {
  private static final String TYPE = "rekey-key-rotation+jwt";
  private static final String AUDIENCE = "rekey-deviceauth";
  private static final int P256_BYTES = 32;
  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

  private KeyProof() {}

  /// @param successor a key of one of the types that the agent makes
  /// @param challenge the server's, as it came
  public static String of(AgentKey successor, AgentKey current, String challenge) {
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    ObjectNode jwk = JsonNodeFactory.instance.objectNode();
    switch (successor.publicKey()) {
      case Ed25519PublicKeyParameters ed25519 -> {
        header.put("alg", "EdDSA");
        jwk.put("kty", "OKP").put("crv", "Ed25519").put("x", text(ed25519.getEncoded()));
      }
      case RSAKeyParameters rsa -> {
        header.put("alg", "RS256");
        jwk.put("kty", "RSA")
            .put("n", text(unsigned(rsa.getModulus().toByteArray())))
            .put("e", text(unsigned(rsa.getExponent().toByteArray())));
      }
      case ECPublicKeyParameters ec -> {
        byte[] point = ec.getQ().getEncoded(false);
        header.put("alg", "ES256");
        jwk.put("kty", "EC")
            .put("crv", "P-256")
            .put("x", text(Arrays.copyOfRange(point, 1, 1 + P256_BYTES)))
            .put("y", text(Arrays.copyOfRange(point, 1 + P256_BYTES, point.length)));
      }
      default -> throw new IllegalArgumentException("key: of a type that the agent does not make");
    }
    header.put("typ", TYPE).set("jwk", jwk);
    ObjectNode payload = JsonNodeFactory.instance.objectNode();
    payload.put("aud", AUDIENCE);
    payload.put("nonce", challenge);
    payload.put("old_key_sha256", text(sha256(current.publicDer())));
    String signed = text(header) + "." + text(payload);
    return signed + "." + text(successor.sign(signed.getBytes(UTF_8), PlainDSAEncoding.INSTANCE));
  }

  private static String text(ObjectNode json) {
    return text(json.toString().getBytes(UTF_8));
  }

  private static String text(byte[] bytes) {
    return BASE64URL.encodeToString(bytes);
  }

  private static byte[] unsigned(byte[] number) {
    return number.length > 1 && number[0] == 0
        ? Arrays.copyOfRange(number, 1, number.length)
        : number;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
