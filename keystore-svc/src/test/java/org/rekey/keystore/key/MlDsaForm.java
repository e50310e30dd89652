package org.rekey.keystore.key;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.signers.MLDSASigner;
import org.rekey.testkit.KeyFiles;

/// The forms of an ML-DSA private key in PKCS#8, and BouncyCastle's word on signatures.
enum MlDsaForm {
  SEED,
  EXPANDED,
  BOTH;

  String pem(KeyType type, byte[] seed) {
    return pem(
        type,
        switch (this) {
          case SEED -> new DERTaggedObject(false, 0, new DEROctetString(seed));
          case EXPANDED -> new DEROctetString(expanded(type, seed));
          case BOTH ->
              new DERSequence(
                  new ASN1Encodable[] {
                    new DEROctetString(seed), new DEROctetString(expanded(type, seed))
                  });
        });
  }

  /// A file whose two forms are of two seeds.
  static String both(KeyType type, byte[] seed, byte[] otherSeed) {
    return pem(
        type,
        new DERSequence(
            new ASN1Encodable[] {
              new DEROctetString(seed), new DEROctetString(expanded(type, otherSeed))
            }));
  }

  static boolean verifies(KeyType type, byte[] seed, byte[] input, byte[] signature) {
    var signer = new MLDSASigner();
    signer.init(false, key(type, seed).getPublicKeyParameters());
    signer.update(input, 0, input.length);
    return signer.verifySignature(signature);
  }

  private static byte[] expanded(KeyType type, byte[] seed) {
    return key(type, seed).withPreferredFormat(MLDSAPrivateKeyParameters.EXPANDED_KEY).getEncoded();
  }

  private static MLDSAPrivateKeyParameters key(KeyType type, byte[] seed) {
    return new MLDSAPrivateKeyParameters(
        switch (type) {
          case ML_DSA_44 -> MLDSAParameters.ml_dsa_44;
          case ML_DSA_65 -> MLDSAParameters.ml_dsa_65;
          default -> MLDSAParameters.ml_dsa_87;
        },
        seed);
  }

  private static String pem(KeyType type, ASN1Encodable content) {
    ASN1ObjectIdentifier algorithm =
        switch (type) {
          case ML_DSA_44 -> NISTObjectIdentifiers.id_ml_dsa_44;
          case ML_DSA_65 -> NISTObjectIdentifiers.id_ml_dsa_65;
          default -> NISTObjectIdentifiers.id_ml_dsa_87;
        };
    try {
      return KeyFiles.pem(
          "PRIVATE KEY",
          new PrivateKeyInfo(new AlgorithmIdentifier(algorithm), content).getEncoded());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
