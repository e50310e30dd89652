package org.rekey.keystore.log;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rekey.keystore.key.FileKey;
import org.rekey.keystore.key.PemKeys;
import org.rekey.keystore.key.SigningKey;
import org.rekey.pkcs11.Passphrase;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.runtime.config.SettingsException;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.log.LogChain;
import org.rekey.verifier.log.LogKey;

/// The key that signs the log.
public final class LogSigner {
  private final FileKey key;
  private final LogKey publicKey;

  private LogSigner(FileKey key) {
    this.key = key;
    this.publicKey = LogKey.of(key.publicKey());
  }

  /// @param setting the name of the setting, for the message
  public static LogSigner read(String setting, Path file) {
    byte[] pem;
    try {
      pem = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new SettingsException(
          "%s: %s cannot be read (expected: an Ed25519 private key; make one: openssl genpkey -algorithm ed25519 -out %s)"
              .formatted(setting, file, file));
    }
    return switch (PemKeys.parse(pem, Passphrase.none())) {
      case PemKeys.Usable(FileKey key, _) when key.alg() == Alg.EDDSA -> new LogSigner(key);
      case PemKeys.Usable(SigningKey key, _) ->
          throw new SettingsException(
              "%s: %s holds a key for %s (expected: Ed25519)".formatted(setting, file, key.alg()));
      case PemKeys.Incomplete() ->
          throw new SettingsException(
              "%s: %s is half-written (expected: an Ed25519 private key)".formatted(setting, file));
      case PemKeys.Unusable(_, String why) ->
          throw new SettingsException("%s: %s: %s".formatted(setting, file, why));
    };
  }

  public LogKey publicKey() {
    return publicKey;
  }

  /// Encodes an event, for the only time, and signs it.
  SignedKeyEvent sign(KeyEvent event) {
    ByteString bytes = event.toByteString();
    return SignedKeyEvent.newBuilder()
        .setEvent(bytes)
        .setSignature(ByteString.copyFrom(key.sign(LogChain.signingInput(bytes))))
        .setLogKeyThumbprint(publicKey.thumbprint())
        .build();
  }
}
