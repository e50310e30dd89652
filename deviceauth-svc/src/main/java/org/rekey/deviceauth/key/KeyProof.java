package org.rekey.deviceauth.key;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.rekey.verifier.json.StrictJson;

/// A new key's own word that it follows another one: a compact JWS (RFC 7515) with the key in its
/// header, see `docs/device-key-rotation.md`. The key that it names has signed it.
public final class KeyProof {
  private static final String TYPE = "rekey-key-rotation+jwt";
  private static final String AUDIENCE = "rekey-deviceauth";

  /// What devices have may be old; what they get must not be.
  private static final int MIN_RSA_BITS = 2048;

  private static final int MAX_LENGTH = 8192;
  private static final int P256_BYTES = 32;
  private static final int CHALLENGE_BYTES = 32;
  private static final int SHA256_BYTES = 32;
  private static final StrictJson JSON = new StrictJson(3, 10, MAX_LENGTH);

  private final DeviceKey key;
  private final byte[] challenge;
  private final byte[] oldKeySha256;

  private KeyProof(DeviceKey key, byte[] challenge, byte[] oldKeySha256) {
    this.key = key;
    this.challenge = challenge;
    this.oldKeySha256 = oldKeySha256;
  }

  public static Read read(String jws) {
    if (jws.isEmpty()) {
      return new Refused("missing (expected: a compact JWS by the new key)");
    }
    String[] parts = jws.split("\\.", -1);
    if (jws.length() > MAX_LENGTH || parts.length != 3) {
      return new Refused("not a compact JWS (expected: three parts, at most 8192 characters)");
    }
    Map<String, String> header = new HashMap<>();
    Map<String, String> payload = new HashMap<>();
    byte[] signature = decode(parts[2]).orElse(null);
    if (signature == null || !members(parts[0], "", header) || !members(parts[1], "", payload)) {
      return new Refused("not a compact JWS (expected: JSON objects in Base64url)");
    }
    if (!TYPE.equals(header.get("typ"))
        || !header.keySet().stream().allMatch(KeyProof::isKnownHeader)) {
      return new Refused("header (expected: typ %s, alg and jwk, nothing else)".formatted(TYPE));
    }
    byte[] x509 = x509(header).orElse(null);
    if (x509 == null) {
      return new Refused(
          "alg and jwk (expected: EdDSA with Ed25519, ES256 with P-256, or RS256 with RSA)");
    }
    return switch (DeviceKey.parse(x509, MIN_RSA_BITS)) {
      case DeviceKey.Refused(String why) -> new Refused("jwk: " + why);
      case DeviceKey.Usable(DeviceKey key) ->
          signs(key, header, parts[0] + "." + parts[1], signature)
              ? claims(key, payload)
              : new Refused("the new key has not signed it");
    };
  }

  private static boolean isKnownHeader(String name) {
    return name.equals("typ") || name.equals("alg") || name.startsWith("jwk.");
  }

  private static Read claims(DeviceKey key, Map<String, String> payload) {
    byte[] challenge = decode(payload.getOrDefault("nonce", "")).orElse(new byte[0]);
    byte[] old = decode(payload.getOrDefault("old_key_sha256", "")).orElse(new byte[0]);
    if (!AUDIENCE.equals(payload.get("aud"))
        || challenge.length != CHALLENGE_BYTES
        || old.length != SHA256_BYTES) {
      return new Refused(
          "payload (expected: aud %s, the challenge as nonce, old_key_sha256)".formatted(AUDIENCE));
    }
    return new Proved(new KeyProof(key, challenge, old));
  }

  private static boolean signs(
      DeviceKey key, Map<String, String> header, String signed, byte[] signature) {
    byte[] asDevicesDo = signature;
    if ("ES256".equals(header.get("alg"))) {
      if (signature.length != 2 * P256_BYTES) {
        return false;
      }
      try {
        asDevicesDo =
            StandardDSAEncoding.INSTANCE.encode(
                CustomNamedCurves.getByOID(SECObjectIdentifiers.secp256r1).getN(),
                new BigInteger(1, Arrays.copyOfRange(signature, 0, P256_BYTES)),
                new BigInteger(1, Arrays.copyOfRange(signature, P256_BYTES, signature.length)));
      } catch (IOException | RuntimeException e) {
        return false;
      }
    }
    return key.verifies(signed.getBytes(US_ASCII), Base64.getEncoder().encodeToString(asDevicesDo));
  }

  /// SubjectPublicKeyInfo of the header's `jwk`, for the `alg` that fits it.
  private static Optional<byte[]> x509(Map<String, String> header) {
    String kind =
        header.getOrDefault("alg", "")
            + " "
            + header.getOrDefault("jwk.kty", "")
            + " "
            + header.getOrDefault("jwk.crv", "");
    try {
      return switch (kind) {
        case "EdDSA OKP Ed25519" ->
            Optional.of(
                new SubjectPublicKeyInfo(
                        new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519),
                        member(header, "x"))
                    .getEncoded(ASN1Encoding.DER));
        case "ES256 EC P-256" -> {
          byte[] x = member(header, "x");
          byte[] y = member(header, "y");
          if (x.length != P256_BYTES || y.length != P256_BYTES) {
            yield Optional.empty();
          }
          byte[] point = new byte[1 + 2 * P256_BYTES];
          point[0] = 4;
          System.arraycopy(x, 0, point, 1, P256_BYTES);
          System.arraycopy(y, 0, point, 1 + P256_BYTES, P256_BYTES);
          yield Optional.of(
              new SubjectPublicKeyInfo(
                      new AlgorithmIdentifier(
                          X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256r1),
                      point)
                  .getEncoded(ASN1Encoding.DER));
        }
        case "RS256 RSA " ->
            Optional.of(
                new SubjectPublicKeyInfo(
                        new AlgorithmIdentifier(
                            PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                        new RSAPublicKey(
                            new BigInteger(1, member(header, "n")),
                            new BigInteger(1, member(header, "e"))))
                    .getEncoded(ASN1Encoding.DER));
        default -> Optional.empty();
      };
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  private static byte[] member(Map<String, String> header, String name) {
    return decode(header.getOrDefault("jwk." + name, "")).orElse(new byte[0]);
  }

  /// The members of an object that are texts, those of an object in it by `name.`; false when there
  /// are others.
  private static boolean members(String part, String prefix, Map<String, String> into) {
    byte[] json = decode(part).orElse(null);
    boolean[] isSound = {true};
    return json != null
        && JSON.read(json, (name, value) -> isSound[0] &= member(prefix + name, value, into))
        && isSound[0];
  }

  private static boolean member(String name, JsonParser value, Map<String, String> into)
      throws IOException {
    if (value.currentToken() == JsonToken.START_OBJECT && name.equals("jwk")) {
      boolean isSound = true;
      while (value.nextToken() != JsonToken.END_OBJECT) {
        String inner = value.currentName();
        value.nextToken();
        isSound &= member(name + "." + inner, value, into);
        value.skipChildren();
      }
      return isSound;
    }
    String text = StrictJson.string(value);
    if (text == null) {
      return false;
    }
    into.put(name, text);
    return true;
  }

  /// Base64url in its one spelling.
  private static Optional<byte[]> decode(String text) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(text);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(text)
          ? Optional.of(bytes)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// The new key.
  public DeviceKey key() {
    return key;
  }

  /// Whether it was made for this one; takes the same time whatever differs.
  public boolean answers(byte[] wanted) {
    return MessageDigest.isEqual(wanted, challenge);
  }

  /// Whether it says that it follows this key, which it must not be itself.
  public boolean isAfter(DeviceKey old) {
    return MessageDigest.isEqual(old.sha256(), oldKeySha256) && !key.equals(old);
  }

  /// What a text turned out to be.
  public sealed interface Read {}

  public record Proved(KeyProof proof) implements Read {}

  /// @param why one line for the device's log
  public record Refused(String why) implements Read {}
}
