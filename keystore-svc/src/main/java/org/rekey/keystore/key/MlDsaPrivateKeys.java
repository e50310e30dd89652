package org.rekey.keystore.key;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.rekey.keystore.key.PemKeys.Flaw;

/// ML-DSA private keys in PKCS#8 as RFC 9881 has them: the seed of 32 bytes, the expanded key, or
/// both. This JDK reads the expanded one alone, so the others are turned into it.
final class MlDsaPrivateKeys {
  private static final int SEED = 32;
  private static final Map<ASN1ObjectIdentifier, MLDSAParameters> PARAMETERS =
      Map.of(
          NISTObjectIdentifiers.id_ml_dsa_44, MLDSAParameters.ml_dsa_44,
          NISTObjectIdentifiers.id_ml_dsa_65, MLDSAParameters.ml_dsa_65,
          NISTObjectIdentifiers.id_ml_dsa_87, MLDSAParameters.ml_dsa_87);

  private MlDsaPrivateKeys() {}

  static boolean isOne(ASN1ObjectIdentifier algorithm) {
    return PARAMETERS.containsKey(algorithm);
  }

  /// A new seed: the form that every program can expand, and the only one that JOSE knows.
  static PrivateKeyInfo generate(KeyType type, SecureRandom random) throws IOException {
    var seed = new byte[SEED];
    random.nextBytes(seed);
    var algorithm =
        switch (type) {
          case ML_DSA_44 -> NISTObjectIdentifiers.id_ml_dsa_44;
          case ML_DSA_65 -> NISTObjectIdentifiers.id_ml_dsa_65;
          case ML_DSA_87 -> NISTObjectIdentifiers.id_ml_dsa_87;
          case RSA_2048, RSA_3072, RSA_4096, P_256, P_384, P_521, ED25519 ->
              throw new IllegalArgumentException(type + " (expected: ML-DSA)");
        };
    return new PrivateKeyInfo(
        new AlgorithmIdentifier(algorithm),
        new DERTaggedObject(false, 0, new DEROctetString(seed)));
  }

  /// @throws UnusableKeyException when seed and expanded key are not the same key
  static MLDSAPrivateKeyParameters read(PrivateKeyInfo info)
      throws IOException, UnusableKeyException {
    var algorithm = info.getPrivateKeyAlgorithm().getAlgorithm();
    var parameters = PARAMETERS.get(algorithm);
    if (parameters == null) {
      throw new IllegalArgumentException(algorithm + " (expected: ML-DSA)");
    }
    var content = info.parsePrivateKey().toASN1Primitive();
    return switch (content) {
      case ASN1TaggedObject seed -> ofSeed(parameters, seed);
      case ASN1OctetString expanded ->
          new MLDSAPrivateKeyParameters(parameters, expanded.getOctets());
      case ASN1Sequence both when both.size() == 2 ->
          ofBoth(
              parameters,
              ASN1OctetString.getInstance(both.getObjectAt(0)).getOctets(),
              ASN1OctetString.getInstance(both.getObjectAt(1)).getOctets());
      default -> throw new IOException("ML-DSA private key");
    };
  }

  /// What this JDK reads.
  static PrivateKeyInfo expanded(PrivateKeyInfo info, MLDSAPrivateKeyParameters key)
      throws IOException {
    return new PrivateKeyInfo(
        new AlgorithmIdentifier(info.getPrivateKeyAlgorithm().getAlgorithm()),
        new DEROctetString(
            key.withPreferredFormat(MLDSAPrivateKeyParameters.EXPANDED_KEY).getEncoded()));
  }

  private static MLDSAPrivateKeyParameters ofSeed(
      MLDSAParameters parameters, ASN1TaggedObject tagged) {
    var seed = ASN1OctetString.getInstance(tagged, false).getOctets();
    return new MLDSAPrivateKeyParameters(parameters, seed);
  }

  private static MLDSAPrivateKeyParameters ofBoth(
      MLDSAParameters parameters, byte[] seed, byte[] expanded) throws UnusableKeyException {
    var key = new MLDSAPrivateKeyParameters(parameters, seed);
    if (!Arrays.equals(
        key.withPreferredFormat(MLDSAPrivateKeyParameters.EXPANDED_KEY).getEncoded(), expanded)) {
      throw new UnusableKeyException(
          Flaw.DAMAGED,
          "private key: its seed and its expanded form are two keys (write it again)");
    }
    return key;
  }
}
