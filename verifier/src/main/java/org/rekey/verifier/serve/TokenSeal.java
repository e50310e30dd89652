package org.rekey.verifier.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.rekey.proto.auth.v1.SealedTokenEvent;
import org.rekey.proto.auth.v1.TokenEvent;

/// The seal of an issuer's token events (HMAC-SHA256, RFC 2104), so that who can write to Kafka
/// still cannot make one.
public final class TokenSeal {
  private static final String HMAC = "HmacSHA256";

  private final String topic;
  private final SecretKeySpec secret;

  public TokenSeal(String topic, byte[] secret) {
    this.topic = topic;
    this.secret = new SecretKeySpec(secret, HMAC);
  }

  public String topic() {
    return topic;
  }

  /// @param event a [TokenEvent]
  /// @return a [SealedTokenEvent]
  public byte[] seal(long number, byte[] event) {
    return SealedTokenEvent.newBuilder()
        .setEvent(ByteString.copyFrom(event))
        .setNumber(number)
        .setMac(ByteString.copyFrom(mac(number, event)))
        .build()
        .toByteArray();
  }

  /// A [TokenEvent] which says that every revocation committed before an instant has been sent.
  public static byte[] watermark(Instant at) {
    return TokenEvent.newBuilder()
        .setWatermark(
            TokenEvent.Watermark.newBuilder()
                .setAt(
                    Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano())))
        .build()
        .toByteArray();
  }

  /// Empty for anything that was not sealed with this secret.
  Optional<Opened> open(byte[] sealed) {
    try {
      SealedTokenEvent record = SealedTokenEvent.parseFrom(sealed);
      byte[] event = record.getEvent().toByteArray();
      return MessageDigest.isEqual(mac(record.getNumber(), event), record.getMac().toByteArray())
          ? Optional.of(new Opened(record.getNumber(), TokenEvent.parseFrom(event)))
          : Optional.empty();
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty();
    }
  }

  private byte[] mac(long number, byte[] event) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(secret);
      mac.update(topic.getBytes(UTF_8));
      mac.update((byte) 0);
      mac.update(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
      return mac.doFinal(event);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(HMAC + ": every JDK has it", e);
    }
  }

  record Opened(long number, TokenEvent event) {}
}
