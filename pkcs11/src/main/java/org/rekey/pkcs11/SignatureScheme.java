package org.rekey.pkcs11;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.DigestInfo;

/// What tokens are asked to sign with.
public enum SignatureScheme {
  RSA_PKCS1_SHA256(Hash.SHA_256),
  RSA_PKCS1_SHA384(Hash.SHA_384),
  RSA_PKCS1_SHA512(Hash.SHA_512),
  /// As TLS 1.3 has it: MGF1 with the same hash, and a salt of its length.
  RSA_PSS_SHA256(Hash.SHA_256),
  RSA_PSS_SHA384(Hash.SHA_384),
  RSA_PSS_SHA512(Hash.SHA_512),
  /// r‖s, as the two after it.
  ECDSA_SHA256(Hash.SHA_256),
  ECDSA_SHA384(Hash.SHA_384),
  ECDSA_SHA512(Hash.SHA_512),
  /// Its hash is its own affair.
  ED25519(Hash.SHA_512);

  private final Hash hash;

  SignatureScheme(Hash hash) {
    this.hash = hash;
  }

  byte[] digest(byte[] input) {
    try {
      return MessageDigest.getInstance(hash.name).digest(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(hash.name + ": missing (expected: in every JDK)", e);
    }
  }

  /// RFC 8017, section 9.2, for tokens that do not hash themselves.
  byte[] digestInfo(byte[] input) {
    try {
      return new DigestInfo(
              new AlgorithmIdentifier(new ASN1ObjectIdentifier(hash.oid), DERNull.INSTANCE),
              digest(input))
          .getEncoded("DER");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// CKM_SHA…_RSA_PKCS.
  long hashingMechanism() {
    return hash.hashingMechanism;
  }

  /// CKM_SHA….
  long hashMechanism() {
    return hash.mechanism;
  }

  /// CKG_MGF1_SHA….
  long maskGenerator() {
    return hash.maskGenerator;
  }

  private enum Hash {
    SHA_256("SHA-256", "2.16.840.1.101.3.4.2.1", 0x40, 0x250, 2),
    SHA_384("SHA-384", "2.16.840.1.101.3.4.2.2", 0x41, 0x260, 3),
    SHA_512("SHA-512", "2.16.840.1.101.3.4.2.3", 0x42, 0x270, 4);

    private final String name;
    private final String oid;
    private final long hashingMechanism;
    private final long mechanism;
    private final long maskGenerator;

    Hash(String name, String oid, long hashingMechanism, long mechanism, long maskGenerator) {
      this.name = name;
      this.oid = oid;
      this.hashingMechanism = hashingMechanism;
      this.mechanism = mechanism;
      this.maskGenerator = maskGenerator;
    }
  }
}
