package org.rekey.keystore.key;

import java.util.Arrays;
import java.util.Optional;

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

  String algorithm() {
    return algorithm;
  }

  /// The modulus' length, the curve's name or that of the parameter set.
  String parameter() {
    return parameter;
  }
}
