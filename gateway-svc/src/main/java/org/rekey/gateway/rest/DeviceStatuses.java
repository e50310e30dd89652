package org.rekey.gateway.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.rekey.proto.deviceauth.v1.DeviceStatus;

/// The states of devices and their keys as they are written in paths, queries and bodies.
final class DeviceStatuses {
  private static final Map<String, DeviceStatus> BY_NAME =
      Map.of(
          "pending", DeviceStatus.DEVICE_STATUS_PENDING,
          "accepted", DeviceStatus.DEVICE_STATUS_ACCEPTED,
          "rejected", DeviceStatus.DEVICE_STATUS_REJECTED,
          "preauthorized", DeviceStatus.DEVICE_STATUS_PREAUTHORIZED,
          "noauth", DeviceStatus.DEVICE_STATUS_NOAUTH);

  private DeviceStatuses() {}

  static Optional<DeviceStatus> of(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /// @param problem the text of the error for a name that is none
  static List<DeviceStatus> all(List<String> names, String problem) throws BadRequest {
    List<DeviceStatus> statuses = new ArrayList<>();
    for (String name : names) {
      statuses.add(of(name).orElseThrow(() -> new BadRequest(problem)));
    }
    return statuses;
  }

  static String text(DeviceStatus status) {
    return status.name().substring("DEVICE_STATUS_".length()).toLowerCase(Locale.ROOT);
  }
}
