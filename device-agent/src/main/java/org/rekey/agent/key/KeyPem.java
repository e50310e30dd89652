package org.rekey.agent.key;

import java.io.IOException;
import java.io.StringReader;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.bc.BcPEMDecryptorProvider;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;

/// Reads the first private key of a PEM text: PKCS#8, PKCS#1 or SEC1, plain or encrypted.
public final class KeyPem {
  private KeyPem() {}

  /// @param passphrase empty: none is known
  public static AgentKey parse(String text, String passphrase) throws UnusableKey {
    try (PEMParser parser = new PEMParser(new StringReader(text))) {
      for (Object block = parser.readObject(); block != null; block = parser.readObject()) {
        switch (block) {
          case PrivateKeyInfo info -> {
            return AgentKey.of(info);
          }
          case PEMKeyPair pair -> {
            return AgentKey.of(pair.getPrivateKeyInfo());
          }
          case PKCS8EncryptedPrivateKeyInfo encrypted -> {
            return AgentKey.of(decrypted(encrypted, passphrase));
          }
          case PEMEncryptedKeyPair encrypted -> {
            return AgentKey.of(decrypted(encrypted, passphrase));
          }
          default -> {
            // `EC PARAMETERS`, or a certificate in front of its key.
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      throw new UnusableKey("damaged (expected: a private key in PEM)");
    }
    throw new UnusableKey("no private key in it (expected: one in PEM)");
  }

  private static PrivateKeyInfo decrypted(PKCS8EncryptedPrivateKeyInfo key, String passphrase)
      throws UnusableKey {
    requirePassphrase(passphrase);
    try {
      return key.decryptPrivateKeyInfo(
          new JceOpenSSLPKCS8DecryptorProviderBuilder()
              .setProvider(new BouncyCastleProvider())
              .build(passphrase.toCharArray()));
    } catch (PKCSException | OperatorCreationException e) {
      throw wrongPassphrase();
    }
  }

  private static PrivateKeyInfo decrypted(PEMEncryptedKeyPair key, String passphrase)
      throws UnusableKey, IOException {
    requirePassphrase(passphrase);
    try {
      return key.decryptKeyPair(new BcPEMDecryptorProvider(passphrase.toCharArray()))
          .getPrivateKeyInfo();
    } catch (PEMException e) {
      throw wrongPassphrase();
    }
  }

  private static void requirePassphrase(String passphrase) throws UnusableKey {
    if (passphrase.isEmpty()) {
      throw new UnusableKey("encrypted (expected: its passphrase, by --passphrase-file)");
    }
  }

  private static UnusableKey wrongPassphrase() {
    return new UnusableKey("encrypted, and the passphrase does not open it");
  }
}
