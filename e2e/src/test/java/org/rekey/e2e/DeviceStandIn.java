package org.rekey.e2e;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.util.Base64;
import java.util.UUID;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.rekey.e2e.platform.Client;
import org.rekey.testkit.KeyFiles;

/// A device that asks for tokens as the real client does: the same members in the same order, a
/// line feed at the end, and a signature over exactly these bytes.
///
/// @param identity `id_data`, a JSON object
record DeviceStandIn(String identity, KeyPair pair, String algorithm) {
  static final String AUTH_REQUESTS = "/api/devices/v1/authentication/auth_requests";
  private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();

  /// What keys devices have.
  enum KeyType {
    RSA_1024,
    RSA_2048,
    RSA_3072,
    P_224,
    P_256,
    P_384,
    P_521,
    SECP256K1,
    ED25519;

    KeyPair generate() {
      return switch (this) {
        case RSA_1024 -> KeyFiles.rsa(1024);
        case RSA_2048 -> KeyFiles.rsa(2048);
        case RSA_3072 -> KeyFiles.rsa(3072);
        case P_224 -> KeyFiles.ec("secp224r1");
        case P_256 -> KeyFiles.ec("secp256r1");
        case P_384 -> KeyFiles.ec("secp384r1");
        case P_521 -> KeyFiles.ec("secp521r1");
        case SECP256K1 -> KeyFiles.ec("secp256k1");
        case ED25519 -> KeyFiles.ed25519();
      };
    }

    String algorithm() {
      return switch (this) {
        case RSA_1024, RSA_2048, RSA_3072 -> "SHA256withRSA";
        case P_224, P_256, P_384, P_521, SECP256K1 -> "SHA256withECDSA";
        case ED25519 -> "Ed25519";
      };
    }
  }

  /// A new one with the fastest kind of key.
  static DeviceStandIn fresh() {
    return fresh(KeyType.ED25519);
  }

  static DeviceStandIn fresh(KeyType type) {
    return new DeviceStandIn(
        "{\"mac\":\"" + UUID.randomUUID() + "\"}", type.generate(), type.algorithm());
  }

  /// The same device after somebody has given it another key.
  DeviceStandIn withNewKey() {
    return new DeviceStandIn(identity, KeyFiles.ed25519(), KeyType.ED25519.algorithm());
  }

  DeviceStandIn withIdentity(String other) {
    return new DeviceStandIn(other, pair, algorithm);
  }

  /// What makes a fresh one unlike all others.
  String mac() {
    return identity.replaceAll(".*\"mac\":\"([^\"]*)\".*", "$1");
  }

  String publicKey() {
    return KeyFiles.publicOnly(pair.getPublic());
  }

  byte[] body() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("id_data", identity);
    body.put("tenant_token", "");
    body.put("pubkey", publicKey());
    return (body + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /// As it is in `X-MEN-Signature`.
  String signature(byte[] body) {
    try {
      Signature signature =
          algorithm.endsWith("ECDSA")
              ? Signature.getInstance(algorithm, BOUNCY_CASTLE)
              : Signature.getInstance(algorithm);
      signature.initSign(pair.getPrivate());
      signature.update(body);
      return Base64.getEncoder().encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Its auth request to a gateway.
  HttpRequest.Builder request(Client client) {
    byte[] body = body();
    return client
        .request(AUTH_REQUESTS)
        .header("Authorization", "Bearer")
        .header("Content-Type", "application/json")
        .header("X-MEN-Signature", signature(body))
        .POST(BodyPublishers.ofByteArray(body));
  }
}
