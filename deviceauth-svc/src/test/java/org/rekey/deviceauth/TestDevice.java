package org.rekey.deviceauth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Signature;
import java.util.Base64;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.rekey.deviceauth.key.KeyPem;
import org.rekey.proto.deviceauth.v1.AuthenticateRequest;
import org.rekey.testkit.KeyFiles;

/// A device with a key, that writes auth requests as Mender's client 3.4 does.
record TestDevice(String idData, KeyPair keys) {
  private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();

  /// @param serial any text without quotes
  static TestDevice ed25519(String serial) {
    return new TestDevice("{\"sn\":\"" + serial + "\"}", KeyFiles.ed25519());
  }

  TestDevice withNewKey() {
    return new TestDevice(idData, KeyFiles.ed25519());
  }

  String publicKey() {
    return KeyPem.encode(keys.getPublic().getEncoded());
  }

  byte[] body() {
    return body("{\"id_data\":%s,\"tenant_token\":\"\",\"pubkey\":%s}\n");
  }

  /// @param form with places for the identity and the public key, both as JSON strings
  byte[] body(String form) {
    return form.formatted(quoted(idData), quoted(publicKey())).getBytes(UTF_8);
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }

  String sign(byte[] body) {
    return Base64.getEncoder().encodeToString(sign(keys.getPrivate(), body));
  }

  private static byte[] sign(PrivateKey key, byte[] body) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC", "ECDSA" -> "SHA256withECDSA";
          default -> "Ed25519";
        };
    try {
      Signature signature = Signature.getInstance(algorithm, BOUNCY_CASTLE);
      signature.initSign(key);
      signature.update(body);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  AuthenticateRequest request() {
    return request(body());
  }

  AuthenticateRequest request(byte[] body) {
    return AuthenticateRequest.newBuilder()
        .setBody(ByteString.copyFrom(body))
        .setSignature(sign(body))
        .setSourceAddress("192.0.2.1")
        .build();
  }
}
