package org.rekey.deviceauth;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Which devices there are, and how many may be.
public interface DeviceStore {
  Optional<Device> get(String deviceId);

  Optional<AuthSetStatus> authSetStatus(String authSetId);

  /// In order of status and id.
  ///
  /// @param statuses empty: all
  /// @param ids empty: all
  List<Device> list(Set<DeviceStatus> statuses, List<String> ids, long skip, int limit);

  /// @param statuses empty: all
  long count(Set<DeviceStatus> statuses);

  /// How many devices may be accepted; -1: any number.
  long maxDevices();

  void limitDevices(long maxDevices);
}
