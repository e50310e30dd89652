package org.rekey.useradm.grpc;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Optional;
import org.rekey.useradm.UserPosition;

/// A place in the list of users, as it travels to a caller and back. Opaque to the caller, and not
/// secret: it says no more than the page did, and a false one only begins elsewhere.
final class PageToken {
  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 1 + Long.BYTES;
  private static final int MAX_BYTES = HEADER_BYTES + 128;

  private static final long MIN_MICROS = micros(Times.MIN);
  private static final long MAX_MICROS = micros(Times.MAX);

  private PageToken() {}

  static String of(UserPosition position) {
    byte[] id = position.id().getBytes(US_ASCII);
    byte[] bytes =
        ByteBuffer.allocate(HEADER_BYTES + id.length)
            .put(VERSION)
            .putLong(micros(position.createdAt()))
            .put(id)
            .array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// Empty for what [#of] never made.
  static Optional<UserPosition> read(String text) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (bytes.length <= HEADER_BYTES || bytes.length > MAX_BYTES || bytes[0] != VERSION) {
      return Optional.empty();
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 1, bytes.length - 1);
    long micros = buffer.getLong();
    String id = new String(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, US_ASCII);
    boolean printable = id.chars().allMatch(c -> c > ' ' && c < 127);
    return printable && micros >= MIN_MICROS && micros <= MAX_MICROS
        ? Optional.of(new UserPosition(Instant.EPOCH.plus(micros, ChronoUnit.MICROS), id))
        : Optional.empty();
  }

  private static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }
}
