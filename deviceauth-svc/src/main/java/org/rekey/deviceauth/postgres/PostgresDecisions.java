package org.rekey.deviceauth.postgres;

import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.rekey.deviceauth.AuthSetStatus;
import org.rekey.deviceauth.AuthSets;
import org.rekey.deviceauth.DecisionStore;
import org.rekey.deviceauth.Identity;
import org.rekey.deviceauth.NewIds;
import org.rekey.deviceauth.key.DeviceKey;

/// What owners decide, under the lock of the device's row.
public final class PostgresDecisions implements DecisionStore {
  private final Jdbi jdbi;
  private final DeviceChanges changes;

  public PostgresDecisions(Jdbi jdbi, DeviceChanges changes) {
    this.jdbi = jdbi;
    this.changes = changes;
  }

  @Override
  public SetStatus set(String deviceId, String authSetId, AuthSetStatus status) {
    return jdbi.inTransaction(
        handle -> {
          String owner = deviceOf(handle, authSetId).orElse(null);
          if (owner == null) {
            return new NotSet(Rule.NOT_FOUND);
          }
          if (!owner.equals(deviceId)) {
            return new NotSet(Rule.OTHER_DEVICE);
          }
          LockedDevice device = LockedDevice.lock(handle, deviceId).orElse(null);
          if (device == null || !device.has(authSetId)) {
            return new NotSet(Rule.NOT_FOUND);
          }
          return switch (device.authSets().set(authSetId, status)) {
            case AuthSets.Forbidden _ -> new NotSet(Rule.TRANSITION);
            case AuthSets.Nothing _ -> statusSet(handle, deviceId, authSetId, List.of());
            case AuthSets.Change change -> {
              if (change.needsRoom() && !DeviceLimit.leavesRoom(handle)) {
                yield new NotSet(Rule.LIMIT_REACHED);
              }
              List<String> ended = changes.apply(handle, device, change, null);
              yield statusSet(handle, deviceId, authSetId, ended);
            }
          };
        });
  }

  private static SetStatus statusSet(
      Handle handle, String deviceId, String authSetId, List<String> ended) {
    return DeviceQueries.get(handle, deviceId).stream()
        .flatMap(device -> device.authSets().stream())
        .filter(authSet -> authSet.id().equals(authSetId))
        .findFirst()
        .<SetStatus>map(authSet -> new StatusSet(authSet, ended))
        .orElse(new NotSet(Rule.NOT_FOUND));
  }

  private static Optional<String> deviceOf(Handle handle, String authSetId) {
    return handle
        .createQuery("SELECT device_id FROM auth_set WHERE id = :id")
        .bind("id", authSetId)
        .mapTo(String.class)
        .findOne();
  }

  @Override
  public Preauthorized preauthorize(Identity identity, DeviceKey key, boolean force, NewIds ids) {
    return jdbi.inTransaction(
        handle -> {
          LockedDevice known =
              changes
                  .addOrLock(handle, identity, key, AuthSetStatus.PREAUTHORIZED, ids)
                  .orElse(null);
          if (known != null && !force) {
            return new AlreadyThere(DeviceQueries.get(handle, known.id()).orElseThrow());
          }
          if (known != null) {
            preauthorizeKnown(handle, known, new DeviceChanges.NewKeyRow(key, ids));
          }
          String deviceId = known == null ? ids.deviceId() : known.id();
          return new DevicePreauthorized(DeviceQueries.get(handle, deviceId).orElseThrow());
        });
  }

  private void preauthorizeKnown(Handle handle, LockedDevice device, DeviceChanges.NewKeyRow row) {
    String authSetId = device.authSetOf(row.key()).orElse(row.ids().authSetId());
    if (device.authSets().preauthorized(authSetId) instanceof AuthSets.Change change) {
      List<String> _ = changes.apply(handle, device, change, row);
    }
  }

  @Override
  public Optional<List<String>> deleteAuthSet(String deviceId, String authSetId) {
    return jdbi.inTransaction(
        handle -> {
          LockedDevice device = LockedDevice.lock(handle, deviceId).orElse(null);
          return device != null
                  && device.authSets().deleted(authSetId) instanceof AuthSets.Change change
              ? Optional.of(changes.apply(handle, device, change, null))
              : Optional.empty();
        });
  }

  @Override
  public Optional<List<String>> decommission(String deviceId) {
    return jdbi.inTransaction(
        handle ->
            LockedDevice.lock(handle, deviceId)
                .map(device -> changes.decommission(handle, device)));
  }
}
