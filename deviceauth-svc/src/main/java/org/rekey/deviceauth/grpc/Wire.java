package org.rekey.deviceauth.grpc;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.rekey.deviceauth.AuthSetStatus;
import org.rekey.proto.deviceauth.v1.AuthSet;
import org.rekey.proto.deviceauth.v1.Device;
import org.rekey.proto.deviceauth.v1.DeviceStatus;
import org.rekey.runtime.grpc.RpcFailure;

/// The domain's things as the contract has them, and the other way round.
final class Wire {
  private Wire() {}

  static Device toProto(org.rekey.deviceauth.Device device) {
    Device.Builder proto =
        Device.newBuilder()
            .setId(device.id())
            .setIdentityData(device.identityData())
            .setStatus(toProto(device.status()))
            .setCreatedAt(toProto(device.createdAt()))
            .setUpdatedAt(toProto(device.updatedAt()));
    device.authSets().forEach(authSet -> proto.addAuthSets(toProto(authSet)));
    if (device.checkInAt() != null) {
      proto.setCheckInAt(toProto(device.checkInAt()));
    }
    return proto.build();
  }

  static AuthSet toProto(org.rekey.deviceauth.AuthSet authSet) {
    return AuthSet.newBuilder()
        .setId(authSet.id())
        .setIdentityData(authSet.identityData())
        .setPublicKey(authSet.publicKey())
        .setCreatedAt(toProto(authSet.createdAt()))
        .setStatus(toProto(authSet.status()))
        .build();
  }

  static DeviceStatus toProto(AuthSetStatus status) {
    return toProto(org.rekey.deviceauth.DeviceStatus.of(status));
  }

  static DeviceStatus toProto(org.rekey.deviceauth.DeviceStatus status) {
    return switch (status) {
      case PENDING -> DeviceStatus.DEVICE_STATUS_PENDING;
      case ACCEPTED -> DeviceStatus.DEVICE_STATUS_ACCEPTED;
      case REJECTED -> DeviceStatus.DEVICE_STATUS_REJECTED;
      case PREAUTHORIZED -> DeviceStatus.DEVICE_STATUS_PREAUTHORIZED;
      case NOAUTH -> DeviceStatus.DEVICE_STATUS_NOAUTH;
    };
  }

  /// @throws RpcFailure for a status that nothing can have
  static Set<org.rekey.deviceauth.DeviceStatus> statuses(List<DeviceStatus> protos) {
    Set<org.rekey.deviceauth.DeviceStatus> statuses =
        EnumSet.noneOf(org.rekey.deviceauth.DeviceStatus.class);
    for (DeviceStatus proto : protos) {
      statuses.add(
          switch (proto) {
            case DEVICE_STATUS_PENDING -> org.rekey.deviceauth.DeviceStatus.PENDING;
            case DEVICE_STATUS_ACCEPTED -> org.rekey.deviceauth.DeviceStatus.ACCEPTED;
            case DEVICE_STATUS_REJECTED -> org.rekey.deviceauth.DeviceStatus.REJECTED;
            case DEVICE_STATUS_PREAUTHORIZED -> org.rekey.deviceauth.DeviceStatus.PREAUTHORIZED;
            case DEVICE_STATUS_NOAUTH -> org.rekey.deviceauth.DeviceStatus.NOAUTH;
            case DEVICE_STATUS_UNSPECIFIED, UNRECOGNIZED ->
                throw RpcFailure.invalidArgument(
                    "statuses: unknown (expected: pending, accepted, rejected, preauthorized or"
                        + " noauth)");
          });
    }
    return statuses;
  }

  static Timestamp toProto(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }

  /// Rounded up: who waits that long has waited long enough.
  static Duration toProto(java.time.Duration wait) {
    return Duration.newBuilder().setSeconds(wait.plusNanos(999_999_999).toSeconds()).build();
  }
}
