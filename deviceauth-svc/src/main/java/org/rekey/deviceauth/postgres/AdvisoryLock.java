package org.rekey.deviceauth.postgres;

import java.nio.ByteBuffer;
import org.jdbi.v3.core.Handle;
import org.rekey.deviceauth.key.DeviceKey;

/// Locks on what is no row, held until the transaction ends.
enum AdvisoryLock {
  /// On what `max_devices` is; shared by those who go by it.
  LIMIT_DEFINITION(1),
  /// On accepting one device more, while there is a limit.
  LIMIT_USE(2),
  /// On adding one pending device more, near to the limit of those.
  PENDING(3);

  private static final int LOCKS = 0x72656b65;
  private static final int KEYS = LOCKS + 1;

  private final int number;

  AdvisoryLock(int number) {
    this.number = number;
  }

  void take(Handle handle) {
    take(handle, "pg_advisory_xact_lock");
  }

  /// On who has this key. Keys that share the start of their hash wait for each other.
  static void take(Handle handle, DeviceKey key) {
    take(handle, "pg_advisory_xact_lock", KEYS, ByteBuffer.wrap(key.sha256()).getInt());
  }

  void share(Handle handle) {
    take(handle, "pg_advisory_xact_lock_shared");
  }

  private void take(Handle handle, String function) {
    take(handle, function, LOCKS, number);
  }

  private static void take(Handle handle, String function, int locks, int which) {
    handle
        .createQuery("SELECT 1 FROM " + function + "(:locks, :which)")
        .bind("locks", locks)
        .bind("which", which)
        .mapTo(Integer.class)
        .one();
  }
}
