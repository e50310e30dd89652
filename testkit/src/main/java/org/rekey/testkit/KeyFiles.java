package org.rekey.testkit;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.util.io.pem.PemGenerationException;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/// Key pairs and the PEM text of private keys in every form that a key file may have, good or bad.
public final class KeyFiles {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();

  private KeyFiles() {}

  public static KeyPair rsa(int bits) {
    return generate("RSA", generator -> generator.initialize(bits, RANDOM));
  }

  /// @param curve e.g. `secp256r1`, `secp384r1`, `secp521r1`; also ones that the JDK does not know
  public static KeyPair ec(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", BOUNCY_CASTLE);
      generator.initialize(new ECGenParameterSpec(curve), RANDOM);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("curve " + curve, e);
    }
  }

  public static KeyPair ed25519() {
    return ofType("Ed25519");
  }

  /// By the JDK's name, e.g. `X25519`, `Ed448`, `DSA`.
  public static KeyPair ofType(String algorithm) {
    return generate(algorithm, _ -> {});
  }

  /// `PRIVATE KEY`.
  public static String pkcs8(KeyPair pair) {
    return pem("PRIVATE KEY", pair.getPrivate().getEncoded());
  }

  /// `RSA PRIVATE KEY`.
  public static String pkcs1(KeyPair pair) {
    return pem("RSA PRIVATE KEY", traditional(pair));
  }

  /// `EC PRIVATE KEY`.
  public static String sec1(KeyPair pair) {
    return pem("EC PRIVATE KEY", traditional(pair));
  }

  /// As `openssl ecparam -genkey` writes it: `EC PARAMETERS`, then `EC PRIVATE KEY`.
  public static String sec1WithParameters(KeyPair pair) {
    try {
      byte[] parameters =
          PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded())
              .getPrivateKeyAlgorithm()
              .getParameters()
              .toASN1Primitive()
              .getEncoded();
      return pem("EC PARAMETERS", parameters) + sec1(pair);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// `ENCRYPTED PRIVATE KEY`, PBES2 with AES-256.
  public static String encryptedPkcs8(KeyPair pair, String passphrase) {
    try {
      return pem(
          new JcaPKCS8Generator(
                  pair.getPrivate(),
                  new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                      .setProvider(BOUNCY_CASTLE)
                      .setPassword(passphrase.toCharArray())
                      .setIterationCount(2048)
                      .build())
              .generate());
    } catch (PemGenerationException | OperatorCreationException e) {
      throw new IllegalStateException("encryption", e);
    }
  }

  /// The old form with `Proc-Type: 4,ENCRYPTED`.
  public static String encryptedTraditional(KeyPair pair, String passphrase) {
    try {
      return pem(
          new org.bouncycastle.openssl.jcajce.JcaMiscPEMGenerator(
                  pair.getPrivate(),
                  new JcePEMEncryptorBuilder("AES-256-CBC")
                      .setProvider(BOUNCY_CASTLE)
                      .build(passphrase.toCharArray()))
              .generate());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// `PUBLIC KEY`.
  public static String publicOnly(PublicKey key) {
    return pem("PUBLIC KEY", key.getEncoded());
  }

  public static String pem(String type, byte[] der) {
    return pem(new PemObject(type, der));
  }

  /// Writes a file with mode 0600, under its name from the start.
  public static Path write(Path file, String text) {
    try {
      Files.writeString(file, text, StandardCharsets.US_ASCII);
      return withPermissions(file, "rw-------");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Writes a file with mode 0600 beside its place and renames it there.
  public static Path place(Path file, String text) {
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory == null) {
        throw new IllegalArgumentException(file + " (expected: a file in a directory)");
      }
      Path temporary = write(Files.createTempFile(directory, "new", ".tmp"), text);
      return Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// @param permissions as `ls` writes them, e.g. `rw-r-----`
  public static Path withPermissions(Path file, String permissions) {
    try {
      return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] traditional(KeyPair pair) {
    try {
      return PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded())
          .parsePrivateKey()
          .toASN1Primitive()
          .getEncoded();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String pem(PemObject object) {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(object);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static KeyPair generate(
      String algorithm, java.util.function.Consumer<KeyPairGenerator> initialize) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      initialize.accept(generator);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("key type " + algorithm, e);
    }
  }
}
