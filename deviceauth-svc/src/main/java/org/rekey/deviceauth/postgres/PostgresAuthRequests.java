package org.rekey.deviceauth.postgres;

import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.rekey.deviceauth.AuthRequestStore;
import org.rekey.deviceauth.AuthSetStatus;
import org.rekey.deviceauth.AuthSets;
import org.rekey.deviceauth.DeviceStatus;
import org.rekey.deviceauth.Identity;
import org.rekey.deviceauth.NewIds;
import org.rekey.deviceauth.key.DeviceKey;

/// What devices' own requests lead to, under the lock of the device's row.
public final class PostgresAuthRequests implements AuthRequestStore {
  private static final int MAX_UNDECIDED_KEYS = 20;

  private final Jdbi jdbi;
  private final DeviceChanges changes;
  private final InstantSource clock;

  public PostgresAuthRequests(Jdbi jdbi, DeviceChanges changes, InstantSource clock) {
    this.jdbi = jdbi;
    this.changes = changes;
    this.clock = clock;
  }

  @Override
  public Standing find(Identity identity, DeviceKey key) {
    return jdbi.withHandle(
        handle ->
            DeviceQueries.find(
                handle, identity, key, clock.instant().truncatedTo(ChronoUnit.MICROS)));
  }

  @Override
  public long pending() {
    return jdbi.withHandle(handle -> DeviceQueries.count(handle, Set.of(DeviceStatus.PENDING)));
  }

  @Override
  public Addition add(Identity identity, DeviceKey key, NewIds ids, long maxPending) {
    return jdbi.inTransaction(
        handle -> {
          if (!PendingLimit.leavesRoom(handle, maxPending)) {
            return Addition.NO_PLACE;
          }
          return changes.add(handle, identity, key, AuthSetStatus.PENDING, ids)
              ? Addition.ADDED
              : Addition.KNOWN;
        });
  }

  @Override
  public Requested requested(String deviceId, DeviceKey key, NewIds ids) {
    return jdbi.inTransaction(
        handle -> {
          LockedDevice device = LockedDevice.lock(handle, deviceId).orElse(null);
          if (device == null) {
            return new Gone();
          }
          Optional<String> known = device.authSetOf(key);
          if (known.isEmpty() && device.undecided() >= MAX_UNDECIDED_KEYS) {
            return new TooManyKeys();
          }
          String authSetId = known.orElse(ids.authSetId());
          if (device.authSets().statuses().get(authSetId) == AuthSetStatus.PREAUTHORIZED
              && PostgresKeyRotations.isOver(handle, device, authSetId, clock)) {
            return rolledBack(handle, device, authSetId);
          }
          return switch (device.authSets().requested(authSetId)) {
            case AuthSets.Change change -> {
              if (change.needsRoom() && !DeviceLimit.leavesRoom(handle)) {
                yield new NoRoom();
              }
              List<String> ended =
                  changes.apply(handle, device, change, new DeviceChanges.NewKeyRow(key, ids));
              yield new Stands(statusIn(change.after(), authSetId), ended);
            }
            case AuthSets.Nothing _, AuthSets.Forbidden _ ->
                new Stands(statusIn(device.authSets(), authSetId), List.of());
          };
        });
  }

  private Requested rolledBack(Handle handle, LockedDevice device, String authSetId) {
    if (device.authSets().rolledBack(authSetId) instanceof AuthSets.Change change) {
      List<String> _ = changes.apply(handle, device, change, null);
    }
    return new Stands(AuthSetStatus.REJECTED, List.of());
  }

  private static AuthSetStatus statusIn(AuthSets authSets, String authSetId) {
    AuthSetStatus status = authSets.statuses().get(authSetId);
    if (status == null) {
      throw new IllegalStateException("auth set: gone (expected: still there under the lock)");
    }
    return status;
  }

  /// One at a time for each key.
  @Override
  public Certification certify(Identity identity, DeviceKey key, NewIds ids) {
    return jdbi.inTransaction(
        handle -> {
          AdvisoryLock.take(handle, key);
          String another = DeviceQueries.anotherWith(handle, identity, key).orElse(null);
          if (another != null) {
            return new KeyOfAnother(another);
          }
          LockedDevice known =
              changes
                  .addOrLock(handle, identity, key, AuthSetStatus.PREAUTHORIZED, ids)
                  .orElse(null);
          if (known != null) {
            return new Certified(
                certifyKnown(handle, known, new DeviceChanges.NewKeyRow(key, ids)));
          }
          markCertified(handle, ids.authSetId());
          return new Certified(List.of());
        });
  }

  private List<String> certifyKnown(
      Handle handle, LockedDevice device, DeviceChanges.NewKeyRow row) {
    String authSetId = device.authSetOf(row.key()).orElse(row.ids().authSetId());
    if (device.isPutBack(authSetId)) {
      return List.of();
    }
    List<String> ended = new ArrayList<>();
    if (device.authSets().certified(authSetId) instanceof AuthSets.Change change) {
      ended.addAll(changes.apply(handle, device, change, row));
    }
    if (markCertified(handle, authSetId)) {
      ended.addAll(changes.endTokens(handle, device.id(), authSetId));
    }
    return ended;
  }

  /// @return false if it was before
  private static boolean markCertified(Handle handle, String authSetId) {
    return handle.execute(
            "UPDATE auth_set SET certified = true WHERE id = ? AND NOT certified", authSetId)
        == 1;
  }
}
