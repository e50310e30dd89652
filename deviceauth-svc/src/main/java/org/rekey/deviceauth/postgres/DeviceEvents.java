package org.rekey.deviceauth.postgres;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.rekey.deviceauth.AuthSetStatus;
import org.rekey.proto.deviceauth.v1.DeviceEvent;
import org.rekey.runtime.outbox.Outbox;

/// Tells others what happened to a device, in the transaction in which it happens.
public final class DeviceEvents {
  public static final String TOPIC = "rekey.deviceauth.device.v1";

  private final Outbox outbox;
  private final Supplier<UUID> ids;
  private final InstantSource clock;

  public DeviceEvents(Outbox outbox, Supplier<UUID> ids, InstantSource clock) {
    this.outbox = outbox;
    this.ids = ids;
    this.clock = clock;
  }

  /// About the device.
  void append(Handle handle, String deviceId, String identityData, DeviceEvent.Type type) {
    append(handle, deviceId, "", identityData, type);
  }

  /// About one of its keys.
  void append(
      Handle handle,
      String deviceId,
      String authSetId,
      String identityData,
      DeviceEvent.Type type) {
    Instant at = clock.instant();
    DeviceEvent event =
        DeviceEvent.newBuilder()
            .setId(ids.get().toString())
            .setAt(Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()))
            .setDeviceId(deviceId)
            .setAuthSetId(authSetId)
            .setType(type)
            .setIdentityData(identityData)
            .build();
    outbox.append(handle, TOPIC, deviceId, event.toByteArray());
  }

  static DeviceEvent.Type type(AuthSetStatus status) {
    return switch (status) {
      case PENDING -> DeviceEvent.Type.TYPE_PENDING;
      case ACCEPTED -> DeviceEvent.Type.TYPE_ACCEPTED;
      case REJECTED -> DeviceEvent.Type.TYPE_REJECTED;
      case PREAUTHORIZED -> DeviceEvent.Type.TYPE_PREAUTHORIZED;
    };
  }
}
