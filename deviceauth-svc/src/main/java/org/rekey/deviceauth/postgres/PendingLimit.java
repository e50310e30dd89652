package org.rekey.deviceauth.postgres;

import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.rekey.deviceauth.DeviceStatus;

/// How many devices may wait for a decision, kept exactly however many come at once.
///
/// Far from the limit nobody waits for anybody. Near to it, where those who are on their way could
/// pass it together, they go one after the other.
final class PendingLimit {
  /// More than there are connections to a database: so many can be on their way, unseen.
  private static final long NEAR = 1000;

  private PendingLimit() {}

  /// To be asked in the transaction that adds the device, and before it adds it.
  ///
  /// @param maxPending 0: any number
  static boolean leavesRoom(Handle handle, long maxPending) {
    if (maxPending == 0 || pending(handle) < maxPending - NEAR) {
      return true;
    }
    AdvisoryLock.PENDING.take(handle);
    return pending(handle) < maxPending;
  }

  private static long pending(Handle handle) {
    return DeviceQueries.count(handle, Set.of(DeviceStatus.PENDING));
  }
}
