package org.rekey.verifier.log;

import com.google.protobuf.ByteString;
import java.security.PublicKey;
import java.util.Base64;
import java.util.regex.Pattern;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.CryptoProvider;
import org.rekey.verifier.key.PublicKeys;
import org.rekey.verifier.key.Thumbprint;

/// A public key whose signatures on events are trusted: Ed25519. Where it comes from decides what a
/// verifier believes, so it is given by file and never taken from the log.
public record LogKey(PublicKey publicKey, String thumbprint) {
  private static final Pattern PEM =
      Pattern.compile(
          "\\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----\\s*");

  public static LogKey of(PublicKey key) {
    if (Alg.of(key).filter(Alg.EDDSA::equals).isEmpty()) {
      throw new IllegalArgumentException(
          "log key: " + key.getAlgorithm() + " (expected: a sound Ed25519 public key)");
    }
    return new LogKey(CryptoProvider.preferred().adopt(key), Thumbprint.of(key));
  }

  /// One `PUBLIC KEY` block (X.509 SubjectPublicKeyInfo) and nothing else.
  public static LogKey fromPem(String pem) {
    var matcher = PEM.matcher(pem);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("log key: not PEM (expected: one PUBLIC KEY block)");
    }
    return PublicKeys.parse(Base64.getMimeDecoder().decode(matcher.group(1)))
        .map(LogKey::of)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "log key: not a public key (expected: Ed25519 in X.509 form)"));
  }

  public String toPem() {
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
        .formatted(Base64.getEncoder().encodeToString(publicKey.getEncoded()));
  }

  /// Whether this key has signed these bytes as an event.
  public boolean signed(ByteString event, ByteString signature) {
    return Alg.EDDSA.verify(publicKey, LogChain.signingInput(event), signature.toByteArray());
  }
}
