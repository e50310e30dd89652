package org.rekey.verifier.evidence;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.log.LogChain;
import org.rekey.verifier.log.LogKey;

/// What the key log was at one epoch, in a few lines that anybody can keep and nobody can make
/// without the log key: a C2SP signed note (`c2sp.org/signed-note`) with the lines of a C2SP
/// checkpoint (`c2sp.org/tlog-checkpoint`): origin, epoch, hash; then the event itself.
///
/// Nothing is signed anew: the signature is the event's own, which covers the event and with it the
/// hash of all that came before. So it is one of the note's signature types for others (`0xff`),
/// and the hash is that of a chain, not of a Merkle tree.
///
/// @param previousHash of the event before
/// @param hash of the event, which is what the next one carries
/// @param signed the event
public record Checkpoint(
    long epoch, ByteString previousHash, ByteString hash, SignedKeyEvent signed) {
  private static final byte OTHER_TYPE = (byte) 0xff;
  private static final byte[] TYPE_NAME = "rekey key event v1".getBytes(UTF_8);
  private static final int RAW_KEY = 32;
  private static final int KEY_ID = 4;
  private static final int MAX_CHARS = 1 << 20;

  /// Of a log that ends with this event, which somebody has checked.
  ///
  /// @throws IllegalArgumentException for bytes that are no event
  public static Checkpoint of(SignedKeyEvent last) {
    try {
      var event = KeyEvent.parseFrom(last.getEvent());
      return new Checkpoint(
          event.getEpoch(), event.getPreviousHash(), LogChain.hash(last.getEvent()), last);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("event: not a KeyEvent", e);
    }
  }

  /// Takes a checkpoint only if a trusted log key has signed its event, and every other word of it
  /// follows from the event. Signatures of others are let be.
  ///
  /// @throws IllegalArgumentException says what is wrong with it
  public static Checkpoint parse(String text, Collection<LogKey> trusted) {
    if (text.length() > MAX_CHARS) {
      throw new IllegalArgumentException("over " + MAX_CHARS + " characters");
    }
    var lines = text.replace("\r\n", "\n").stripTrailing().lines().toList();
    if (lines.size() < 6 || !lines.get(4).isEmpty()) {
      throw new IllegalArgumentException(
          "not a checkpoint (expected: origin, epoch, hash, event, an empty line, signatures)");
    }
    var key =
        trusted.stream()
            .filter(each -> origin(each.thumbprint()).equals(lines.getFirst()))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "origin: \"%s\" (expected: %s)"
                            .formatted(
                                lines.getFirst(),
                                String.join(
                                    " or ",
                                    trusted.stream()
                                        .map(each -> origin(each.thumbprint()))
                                        .toList()))));
    var event = ByteString.copyFrom(decode("event", lines.get(3)));
    var checkpoint =
        of(
            SignedKeyEvent.newBuilder()
                .setEvent(event)
                .setSignature(signature(lines.subList(5, lines.size()), key))
                .setLogKeyThumbprint(key.thumbprint())
                .build());
    if (!key.signed(event, checkpoint.signed.getSignature())) {
      throw new IllegalArgumentException("signature: wrong");
    }
    if (!checkpoint.body().equals(lines.subList(0, 4))) {
      throw new IllegalArgumentException(
          "epoch or hash: not those of the event (expected: %d and %s)"
              .formatted(checkpoint.epoch, encode(checkpoint.hash)));
    }
    return checkpoint;
  }

  /// The note.
  public String text(LogKey key) {
    var blob = ByteString.copyFrom(keyId(key)).concat(signed.getSignature());
    return String.join("\n", body()) + "\n\n" + prefix(key) + encode(blob) + "\n";
  }

  private List<String> body() {
    return List.of(
        origin(signed.getLogKeyThumbprint()),
        Long.toUnsignedString(epoch),
        encode(hash),
        encode(signed.getEvent()));
  }

  private static ByteString signature(List<String> lines, LogKey key) {
    var prefix = prefix(key);
    for (var line : lines) {
      if (line.startsWith(prefix)) {
        var blob = decode("signature", line.substring(prefix.length()));
        if (blob.length > KEY_ID
            && Arrays.equals(Arrays.copyOf(blob, KEY_ID), keyId(key))
            && encode(ByteString.copyFrom(blob)).equals(line.substring(prefix.length()))) {
          return ByteString.copyFrom(blob, KEY_ID, blob.length - KEY_ID);
        }
      }
    }
    throw new IllegalArgumentException("signature: none of the log key");
  }

  private static String prefix(LogKey key) {
    return "— " + origin(key.thumbprint()) + " ";
  }

  private static String origin(String thumbprint) {
    return "rekey.key-log/" + thumbprint;
  }

  private static byte[] keyId(LogKey key) {
    try {
      var encoded = key.publicKey().getEncoded();
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update(origin(key.thumbprint()).getBytes(UTF_8));
      digest.update((byte) '\n');
      digest.update(OTHER_TYPE);
      digest.update(TYPE_NAME);
      digest.update(ByteBuffer.wrap(encoded, encoded.length - RAW_KEY, RAW_KEY));
      return Arrays.copyOf(digest.digest(), KEY_ID);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256: missing (expected: in every JDK)", e);
    }
  }

  private static String encode(ByteString bytes) {
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  private static byte[] decode(String what, String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(what + ": not base64", e);
    }
  }
}
