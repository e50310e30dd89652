package org.rekey.deviceauth.postgres;

import org.jdbi.v3.core.Handle;

/// How many devices may be accepted, kept exactly however many are accepted at once.
///
/// Whoever accepts a device reads the limit under a shared lock that a change of the limit
/// excludes; and only if there is one, they go one after the other. The locks are advisory, so that
/// accepting writes to no row that others need.
final class DeviceLimit {
  private static final String NAME = "max_devices";
  private static final int LOCKS = 0x72656b65;
  private static final int DEFINITION = 1;
  private static final int USE = 2;

  private DeviceLimit() {}

  /// To be asked in the transaction that accepts the device, and before it changes the device.
  static boolean leavesRoom(Handle handle) {
    lock(handle, "pg_advisory_xact_lock_shared", DEFINITION);
    long limit = read(handle);
    if (limit < 0) {
      return true;
    }
    lock(handle, "pg_advisory_xact_lock", USE);
    long accepted =
        handle
            .createQuery(
                "SELECT coalesce(sum(devices), 0) FROM device_count WHERE status = 'accepted'")
            .mapTo(Long.class)
            .one();
    return accepted < limit;
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
    lock(handle, "pg_advisory_xact_lock", DEFINITION);
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

  private static void lock(Handle handle, String function, int which) {
    handle
        .createQuery("SELECT 1 FROM " + function + "(:locks, :which)")
        .bind("locks", LOCKS)
        .bind("which", which)
        .mapTo(Integer.class)
        .one();
  }
}
