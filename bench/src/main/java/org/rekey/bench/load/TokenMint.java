package org.rekey.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.Locale;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.CryptoProvider;

/// A new Ed25519 key, in a file for a ring, and what is signed with it: the keystore's own
/// signatures, without asking it a million times.
public final class TokenMint {
  public static final long KID = 5539;

  private final String ring;
  private final Path file;
  private final PrivateKey key;

  private TokenMint(String ring, Path file, PrivateKey key) {
    this.ring = ring;
    this.file = file;
    this.key = key;
  }

  /// @param ring whose tokens it signs
  /// @param directory to be made
  public static TokenMint make(String ring, Path directory) {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path file = directory.resolve("private.id.%d.pem".formatted(KID));
      PrivateKeyFile.place(file, pair.getPrivate());
      return new TokenMint(ring, file, CryptoProvider.preferred().adopt(pair.getPrivate()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Ed25519: missing (expected: in every JDK)", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Makes it the key that the ring's tokens are signed with.
  public String setting() {
    return ring.toUpperCase(Locale.ROOT) + "_SERVER_PRIV_KEY_PATH=" + file;
  }

  MintedToken ofUser(String userId, Instant now) {
    return MintedToken.ofUser(Alg.EDDSA, key, KID, userId, now);
  }

  /// @param id `jti`
  public MintedToken ofDevice(String id, String deviceId, Instant now) {
    return MintedToken.ofDevice(Alg.EDDSA, key, KID, id, deviceId, now);
  }
}
