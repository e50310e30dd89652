package org.rekey.keystore.key;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.misc.MiscObjectIdentifiers;
import org.bouncycastle.asn1.misc.ScryptParams;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEInputDecryptorProviderBuilder;
import org.rekey.keystore.key.PemKeys.Flaw;
import org.rekey.pkcs11.Passphrase;

/// Opens encrypted private keys. What a file asks for is looked at before it is done: whoever can
/// write a key file must not be able to keep this process busy, or to have it take all memory.
final class EncryptedKeys {
  static final String TRADITIONAL =
      "encrypted the old way, Proc-Type: 4,ENCRYPTED: one round of MD5 guards it (encrypt it again: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW)";

  /// Five times what OWASP asks for; about a second here.
  private static final int MAX_PBKDF2_ITERATIONS = 1_000_000;

  /// Memory and, by the same product, time; openssl's own default asks for 16 MiB.
  private static final long MAX_SCRYPT_BYTES = 32L * 1024 * 1024;

  private static final int MAX_SALT = 1024;
  private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();
  private static final Set<ASN1ObjectIdentifier> CIPHERS =
      Set.of(
          NISTObjectIdentifiers.id_aes128_CBC,
          NISTObjectIdentifiers.id_aes192_CBC,
          NISTObjectIdentifiers.id_aes256_CBC,
          PKCSObjectIdentifiers.des_EDE3_CBC);

  private EncryptedKeys() {}

  static PrivateKeyInfo decrypt(PKCS8EncryptedPrivateKeyInfo encrypted, Passphrase passphrase)
      throws UnusableKeyException {
    checkCost(encrypted);
    var chars = chars(passphrase);
    try {
      return encrypted.decryptPrivateKeyInfo(
          new JcePKCSPBEInputDecryptorProviderBuilder().setProvider(BOUNCY_CASTLE).build(chars));
    } catch (PKCSException | RuntimeException e) {
      throw wrongPassphrase(passphrase);
    } finally {
      Arrays.fill(chars, '\0');
    }
  }

  /// One round of MD5: cheap for us, and for whoever has the file.
  static PrivateKeyInfo decrypt(PEMEncryptedKeyPair encrypted, Passphrase passphrase)
      throws UnusableKeyException {
    var chars = chars(passphrase);
    try {
      return encrypted
          .decryptKeyPair(
              new JcePEMDecryptorProviderBuilder().setProvider(BOUNCY_CASTLE).build(chars))
          .getPrivateKeyInfo();
    } catch (IOException | RuntimeException e) {
      throw wrongPassphrase(passphrase);
    } finally {
      Arrays.fill(chars, '\0');
    }
  }

  private static void checkCost(PKCS8EncryptedPrivateKeyInfo encrypted)
      throws UnusableKeyException {
    var scheme = encrypted.getEncryptionAlgorithm();
    if (!scheme.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBES2)) {
      throw oldScheme(scheme.getAlgorithm());
    }
    var parameters = PBES2Parameters.getInstance(scheme.getParameters());
    var cipher = parameters.getEncryptionScheme().getAlgorithm();
    if (!CIPHERS.contains(cipher)) {
      throw oldScheme(cipher);
    }
    checkCost(parameters.getKeyDerivationFunc());
  }

  private static void checkCost(KeyDerivationFunc function) throws UnusableKeyException {
    if (function.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBKDF2)) {
      checkCost(PBKDF2Params.getInstance(function.getParameters()));
    } else if (function.getAlgorithm().equals(MiscObjectIdentifiers.id_scrypt)) {
      checkCost(ScryptParams.getInstance(function.getParameters()));
    } else {
      throw oldScheme(function.getAlgorithm());
    }
  }

  private static void checkCost(PBKDF2Params pbkdf2) throws UnusableKeyException {
    if (pbkdf2.getSalt().length > MAX_SALT
        || isOutside(pbkdf2.getIterationCount(), MAX_PBKDF2_ITERATIONS)) {
      throw tooCostly(
          "PBKDF2 with %s rounds (expected: at most %d"
              .formatted(pbkdf2.getIterationCount(), MAX_PBKDF2_ITERATIONS));
    }
  }

  private static void checkCost(ScryptParams scrypt) throws UnusableKeyException {
    var cost = scrypt.getCostParameter();
    var block = scrypt.getBlockSize();
    var parallel = scrypt.getParallelizationParameter();
    if (scrypt.getSalt().length > MAX_SALT
        || cost.signum() <= 0
        || block.signum() <= 0
        || parallel.signum() <= 0
        || isOutside(cost.multiply(block).multiply(parallel).shiftLeft(7), MAX_SCRYPT_BYTES)) {
      throw tooCostly(
          "scrypt with N=%s, r=%s, p=%s (expected: 128*N*r*p at most %d, as openssl's own N=16384, r=8, p=1"
              .formatted(cost, block, parallel, MAX_SCRYPT_BYTES));
    }
  }

  private static boolean isOutside(BigInteger value, long max) {
    return value.signum() <= 0 || value.compareTo(BigInteger.valueOf(max)) > 0;
  }

  private static char[] chars(Passphrase passphrase) throws UnusableKeyException {
    return switch (passphrase.read()) {
      case Passphrase.Present present -> present.chars();
      case Passphrase.Absent() ->
          throw new UnusableKeyException(
              Flaw.ENCRYPTED,
              "encrypted, and the ring has no passphrase (name a file with it in ..._PRIV_KEY_PASSPHRASE_FILE)");
      case Passphrase.Unreadable(String why) ->
          throw new UnusableKeyException(Flaw.PASSPHRASE_FILE, "encrypted, and " + why);
    };
  }

  private static UnusableKeyException tooCostly(String what) {
    return new UnusableKeyException(
        Flaw.COSTLY_ENCRYPTION,
        "its encryption asks for "
            + what
            + "; encrypt it again: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW)");
  }

  private static UnusableKeyException oldScheme(ASN1ObjectIdentifier algorithm) {
    return new UnusableKeyException(
        Flaw.OLD_ENCRYPTION,
        "encrypted by the scheme %s (expected: PBES2 with AES; encrypt it again: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW)"
            .formatted(algorithm));
  }

  private static UnusableKeyException wrongPassphrase(Passphrase passphrase) {
    return new UnusableKeyException(
        Flaw.WRONG_PASSPHRASE,
        "encrypted with another passphrase than the one in %s (write the right one there; it is tried at once)"
            .formatted(passphrase.source()));
  }
}
