package org.rekey.deviceauth.postgres;

import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.rekey.deviceauth.DeviceStatus;

/// How many devices may be accepted, kept exactly however many are accepted at once.
///
/// Whoever accepts a device reads the limit under a shared lock that a change of the limit
/// excludes; and only if there is one, they go one after the other. The locks are advisory, so that
/// accepting writes to no row that others need.
final class DeviceLimit {
  private static final String NAME = "max_devices";

  private DeviceLimit() {}

  /// To be asked in the transaction that accepts the device, and before it changes the device.
  static boolean leavesRoom(Handle handle) {
    AdvisoryLock.LIMIT_DEFINITION.share(handle);
    long limit = read(handle);
    if (limit < 0) {
      return true;
    }
    AdvisoryLock.LIMIT_USE.take(handle);
    return DeviceQueries.count(handle, Set.of(DeviceStatus.ACCEPTED)) < limit;
  }

  /// -1: there is none.
  static long read(Handle handle) {
    return handle
        .createQuery("SELECT value FROM device_limit WHERE name = :name")
        .bind("name", NAME)
        .mapTo(Long.class)
        .findOne()
        .orElse(-1L);
  }

  /// @param limit negative: any number
  static void write(Handle handle, long limit) {
    AdvisoryLock.LIMIT_DEFINITION.take(handle);
    if (limit < 0) {
      handle.execute("DELETE FROM device_limit WHERE name = ?", NAME);
    } else {
      handle.execute(
          """
          INSERT INTO device_limit (name, value) VALUES (?, ?)
          ON CONFLICT (name) DO UPDATE SET value = excluded.value
          """,
          NAME,
          limit);
    }
  }
}
