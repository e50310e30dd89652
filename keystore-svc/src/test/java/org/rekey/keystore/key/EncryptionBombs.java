package org.rekey.keystore.key;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.misc.MiscObjectIdentifiers;
import org.bouncycastle.asn1.misc.ScryptParams;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBEParameter;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.rekey.testkit.KeyFiles;

/// Files that say they are encrypted private keys, and ask for more work than anybody would do.
public final class EncryptionBombs {
  private static final byte[] SALT = new byte[16];

  private EncryptionBombs() {}

  public static String pbkdf2(int iterations) {
    return pbes2(
        new KeyDerivationFunc(PKCSObjectIdentifiers.id_PBKDF2, new PBKDF2Params(SALT, iterations)));
  }

  /// @param keyLength what the parameters say of the key that is to come out
  public static String pbkdf2(int iterations, int keyLength) {
    return pbes2(
        new KeyDerivationFunc(
            PKCSObjectIdentifiers.id_PBKDF2, new PBKDF2Params(SALT, iterations, keyLength)));
  }

  public static String scrypt(int n, int r, int p) {
    return pbes2(
        new KeyDerivationFunc(MiscObjectIdentifiers.id_scrypt, new ScryptParams(SALT, n, r, p)));
  }

  public static String pkcs5v1() {
    return pem(
        new AlgorithmIdentifier(
            PKCSObjectIdentifiers.pbeWithMD5AndDES_CBC,
            new PBEParameter(new byte[8], Integer.MAX_VALUE)));
  }

  private static String pbes2(KeyDerivationFunc function) {
    return pem(
        new AlgorithmIdentifier(
            PKCSObjectIdentifiers.id_PBES2,
            new PBES2Parameters(
                function,
                new EncryptionScheme(NISTObjectIdentifiers.id_aes256_CBC, octets(new byte[16])))));
  }

  private static ASN1Encodable octets(byte[] bytes) {
    return new DEROctetString(bytes);
  }

  private static String pem(AlgorithmIdentifier algorithm) {
    try {
      return KeyFiles.pem(
          "ENCRYPTED PRIVATE KEY",
          new EncryptedPrivateKeyInfo(algorithm, new byte[64]).getEncoded());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
