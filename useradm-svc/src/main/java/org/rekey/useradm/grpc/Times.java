package org.rekey.useradm.grpc;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import org.rekey.runtime.grpc.RpcFailure;

/// Instants as the contract and as the domain have them.
final class Times {
  static final Instant MIN = Instant.parse("0001-01-01T00:00:00Z");
  static final Instant MAX = Instant.parse("9999-12-31T23:59:59.999999Z");

  private Times() {}

  static Timestamp toProto(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }

  /// Rounded up: who waits that long has waited long enough.
  static Duration toProto(java.time.Duration wait) {
    return Duration.newBuilder().setSeconds(wait.plusNanos(999_999_999).toSeconds()).build();
  }

  /// Whether this is an instant of the years 1 to 9999, as the message's definition has it.
  static boolean isValid(Timestamp timestamp) {
    return timestamp.getSeconds() >= MIN.getEpochSecond()
        && timestamp.getSeconds() <= MAX.getEpochSecond()
        && timestamp.getNanos() >= 0
        && timestamp.getNanos() <= 999_999_999;
  }

  /// @throws RpcFailure for what is no instant
  static Instant toInstant(String field, Timestamp timestamp) {
    if (!isValid(timestamp)) {
      throw RpcFailure.invalidArgument(field + ": no instant (expected: the years 1 to 9999)");
    }
    return toInstant(timestamp);
  }

  static Instant toInstant(Timestamp valid) {
    return Instant.ofEpochSecond(valid.getSeconds(), valid.getNanos());
  }
}
