package org.rekey.verifier.log;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.protobuf.ByteString;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.key.Alg;

/// How events hang together and are signed. Works on the stored bytes: nothing is ever encoded
/// again.
public final class LogChain {
  /// `previous_hash` of epoch 1.
  public static final ByteString GENESIS = ByteString.copyFrom(new byte[32]);

  private static final ByteString DOMAIN = ByteString.copyFrom("rekey key event v1\0", US_ASCII);

  private LogChain() {}

  /// SHA-256 of an event's bytes: the next event's `previous_hash`.
  public static ByteString hash(ByteString event) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update(event.asReadOnlyByteBuffer());
      return ByteString.copyFrom(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256: missing (expected: in every JDK)", e);
    }
  }

  /// What the log key signs. The prefix keeps a signature made for anything else from passing as an
  /// event's.
  public static byte[] signingInput(ByteString event) {
    return DOMAIN.concat(event).toByteArray();
  }

  /// Encodes an event, for the only time, and signs it.
  public static SignedKeyEvent sign(KeyEvent event, PrivateKey key, LogKey logKey) {
    var bytes = event.toByteString();
    return SignedKeyEvent.newBuilder()
        .setEvent(bytes)
        .setSignature(ByteString.copyFrom(Alg.EDDSA.sign(key, signingInput(bytes))))
        .setLogKeyThumbprint(logKey.thumbprint())
        .build();
  }
}
