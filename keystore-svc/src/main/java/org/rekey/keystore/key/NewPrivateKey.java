package org.rekey.keystore.key;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.rekey.keystore.key.PemKeys.Flaw;
import org.rekey.pkcs11.Passphrase;
import org.rekey.verifier.key.CryptoProvider;

/// Makes the contents of a new key file: PKCS#8, encrypted where the ring has a passphrase. The key
/// itself goes into the file and is read back from there, as if an operator had put it there.
public final class NewPrivateKey {
  private static final int ITERATIONS = 210_000;

  private NewPrivateKey() {}

  /// PEM text, as ASCII.
  ///
  /// @param random for all but RSA keys, which a native provider makes with a source of its own
  /// @throws UnusableKeyException when the ring has a passphrase and it cannot be read
  public static byte[] pem(KeyType type, Passphrase passphrase, SecureRandom random)
      throws UnusableKeyException {
    try {
      var text = new StringWriter();
      try (var writer = new PemWriter(text)) {
        var key = generate(type, random);
        writer.writeObject(
            switch (passphrase.read()) {
              case Passphrase.Present present -> encrypted(key, present.chars(), random);
              case Passphrase.Absent() -> new PemObject("PRIVATE KEY", key.getEncoded("DER"));
              case Passphrase.Unreadable(String why) ->
                  throw new UnusableKeyException(Flaw.PASSPHRASE_FILE, why);
            });
      }
      return text.toString().getBytes(US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("key type: " + type + " (expected: known to this JDK)", e);
    }
  }

  private static PrivateKeyInfo generate(KeyType type, SecureRandom random)
      throws GeneralSecurityException, IOException {
    return switch (type) {
      case RSA_2048, RSA_3072, RSA_4096, P_256, P_384, P_521, ED25519 ->
          PrivateKeyInfo.getInstance(pair(type, random).getPrivate().getEncoded());
      case ML_DSA_44, ML_DSA_65, ML_DSA_87 -> MlDsaPrivateKeys.generate(type, random);
    };
  }

  private static KeyPair pair(KeyType type, SecureRandom random) throws GeneralSecurityException {
    KeyPairGenerator generator =
        switch (type) {
          case RSA_2048, RSA_3072, RSA_4096 -> {
            // Large ones take the JDK seconds, and many of them where nothing is compiled well.
            var rsa = CryptoProvider.preferred().keyPairGenerator(type.algorithm());
            rsa.initialize(Integer.parseInt(type.parameter()), random);
            yield rsa;
          }
          case P_256, P_384, P_521 -> {
            var ec = KeyPairGenerator.getInstance(type.algorithm());
            ec.initialize(new ECGenParameterSpec(type.parameter()), random);
            yield ec;
          }
          case ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 ->
              KeyPairGenerator.getInstance(type.algorithm());
        };
    return generator.generateKeyPair();
  }

  private static PemObject encrypted(PrivateKeyInfo key, char[] passphrase, SecureRandom random)
      throws OperatorCreationException, IOException {
    return new PKCS8Generator(
            key,
            new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                .setProvider(new BouncyCastleProvider())
                .setRandom(random)
                .setPassword(passphrase)
                .setPRF(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256))
                .setIterationCount(ITERATIONS)
                .build())
        .generate();
  }
}
