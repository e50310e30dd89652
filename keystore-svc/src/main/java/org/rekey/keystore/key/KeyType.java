package org.rekey.keystore.key;

import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.rekey.verifier.key.Alg;

/// The kinds of keys that can be generated.
public enum KeyType {
  RSA_2048("rsa-2048", "RSA", "2048"),
  RSA_3072("rsa-3072", "RSA", "3072"),
  RSA_4096("rsa-4096", "RSA", "4096"),
  P_256("p-256", "EC", "secp256r1"),
  P_384("p-384", "EC", "secp384r1"),
  P_521("p-521", "EC", "secp521r1"),
  ED25519("ed25519", "Ed25519", ""),
  ML_DSA_44("ml-dsa-44", "ML-DSA", "ML-DSA-44"),
  ML_DSA_65("ml-dsa-65", "ML-DSA", "ML-DSA-65"),
  ML_DSA_87("ml-dsa-87", "ML-DSA", "ML-DSA-87");

  private final String id;
  private final String algorithm;
  private final String parameter;

  KeyType(String id, String algorithm, String parameter) {
    this.id = id;
    this.algorithm = algorithm;
    this.parameter = parameter;
  }

  /// By the contract's name; the empty name means RSA with 2048 bits.
  public static Optional<KeyType> named(String id) {
    return id.isEmpty()
        ? Optional.of(RSA_2048)
        : Arrays.stream(values()).filter(type -> type.id.equals(id)).findFirst();
  }

  /// All that can be generated, by the contract's names.
  public static String names() {
    return Arrays.stream(values()).map(type -> type.id).collect(Collectors.joining(", "));
  }

  /// Whether devices verify artifacts with such keys.
  public boolean signsArtifacts() {
    return switch (this) {
      case RSA_2048, RSA_3072, RSA_4096, P_256 -> true;
      case P_384, P_521, ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 -> false;
    };
  }

  /// The kind of a key, for another one like it.
  public static KeyType like(PublicKey key) {
    return switch (Alg.of(key).orElseThrow()) {
      case RS256 -> rsa(((RSAPublicKey) key).getModulus().bitLength());
      case ES256 -> P_256;
      case ES384 -> P_384;
      case ES512 -> P_521;
      case EDDSA -> ED25519;
      case ML_DSA_44 -> ML_DSA_44;
      case ML_DSA_65 -> ML_DSA_65;
      case ML_DSA_87 -> ML_DSA_87;
    };
  }

  private static KeyType rsa(int bits) {
    return bits >= 4096 ? RSA_4096 : bits >= 3072 ? RSA_3072 : RSA_2048;
  }

  String algorithm() {
    return algorithm;
  }

  /// The modulus' length, the curve's name or that of the parameter set.
  String parameter() {
    return parameter;
  }
}
