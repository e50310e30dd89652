package org.rekey.deviceauth.postgres;

import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.rekey.deviceauth.AuthSetStatus;
import org.rekey.deviceauth.AuthSets;
import org.rekey.deviceauth.DeviceStatus;
import org.rekey.deviceauth.Identity;
import org.rekey.deviceauth.NewIds;
import org.rekey.deviceauth.key.DeviceKey;
import org.rekey.proto.auth.v1.TokenEvent.Cause;
import org.rekey.proto.deviceauth.v1.DeviceEvent;
import org.rekey.runtime.outbox.RevocationEvents;

/// Changes in the tables `device` and `auth_set`, with the tokens that they end and the events that
/// tell of them, in the caller's transaction. [AuthSets] decides what happens; here it happens.
public final class DeviceChanges {
  private final DeviceEvents events;
  private final RevocationEvents revocations;
  private final InstantSource clock;

  public DeviceChanges(DeviceEvents events, RevocationEvents revocations, InstantSource clock) {
    this.events = events;
    this.revocations = revocations;
    this.clock = clock;
  }

  /// Adds a device, or locks the one that has its identity. Tries again when that one goes between
  /// the two looks at it.
  ///
  /// @return empty: it was added
  Optional<LockedDevice> addOrLock(
      Handle handle, Identity identity, DeviceKey key, AuthSetStatus status, NewIds ids) {
    while (!add(handle, identity, key, status, ids)) {
      Optional<LockedDevice> known =
          DeviceQueries.deviceWith(handle, identity).flatMap(id -> LockedDevice.lock(handle, id));
      if (known.isPresent()) {
        return known;
      }
    }
    return Optional.empty();
  }

  /// @return false if the identity is known already
  boolean add(Handle handle, Identity identity, DeviceKey key, AuthSetStatus status, NewIds ids) {
    boolean added =
        handle
                .createUpdate(
                    """
                    INSERT INTO device
                      (id, identity_data, identity_sha256, status, created_at, updated_at)
                    VALUES (:id, :json, :sha256, :status, :at, :at)
                    ON CONFLICT (identity_sha256) DO NOTHING
                    """)
                .bind("id", ids.deviceId())
                .bind("json", identity.json())
                .bind("sha256", identity.sha256())
                .bind("status", Rows.column(DeviceStatus.of(status)))
                .bind("at", ids.at())
                .execute()
            == 1;
    if (added) {
      insertAuthSet(handle, ids.deviceId(), key, status, ids);
      events.append(
          handle, ids.deviceId(), ids.authSetId(), identity.json(), DeviceEvents.type(status));
    }
    return added;
  }

  private static void insertAuthSet(
      Handle handle, String deviceId, DeviceKey key, AuthSetStatus status, NewIds ids) {
    handle
        .createUpdate(
            """
            INSERT INTO auth_set (id, device_id, public_key, status, created_at)
            VALUES (:id, :device, :key, :status, :at)
            """)
        .bind("id", ids.authSetId())
        .bind("device", deviceId)
        .bind("key", key.x509())
        .bind("status", Rows.column(status))
        .bind("at", ids.at())
        .execute();
  }

  /// @param newKey if one of the steps adds an auth set
  /// @return the tokens that are live no more
  List<String> apply(
      Handle handle, LockedDevice device, AuthSets.Change change, @Nullable NewKeyRow newKey) {
    List<String> ended = new ArrayList<>();
    for (AuthSets.Step step : change.steps()) {
      if (step.endsTokens()) {
        ended.addAll(PostgresDeviceTokens.endAllOf(handle, step.authSetId()));
      }
      take(handle, device, step, newKey);
      if (!change.deviceGoes()) {
        DeviceEvent.Type type =
            step.to() == null
                ? DeviceEvent.Type.TYPE_AUTH_SET_DELETED
                : DeviceEvents.type(step.to());
        events.append(handle, device.id(), step.authSetId(), device.identityData(), type);
      }
    }
    revocations.append(handle, device.id(), ended, Cause.CAUSE_REVOKED);
    if (change.deviceGoes()) {
      delete(handle, device);
    } else {
      handle
          .createUpdate("UPDATE device SET status = :status, updated_at = :at WHERE id = :id")
          .bind("status", Rows.column(change.after().device()))
          .bind("at", clock.instant().truncatedTo(ChronoUnit.MICROS))
          .bind("id", device.id())
          .execute();
    }
    return ended;
  }

  private static void take(
      Handle handle, LockedDevice device, AuthSets.Step step, @Nullable NewKeyRow newKey) {
    if (step.to() == null) {
      handle.execute("DELETE FROM auth_set WHERE id = ?", step.authSetId());
    } else if (step.from() != null) {
      handle.execute(
          "UPDATE auth_set SET status = ? WHERE id = ?", Rows.column(step.to()), step.authSetId());
    } else if (newKey != null) {
      insertAuthSet(handle, device.id(), newKey.key(), step.to(), newKey.ids());
    }
  }

  /// Those of one auth set.
  ///
  /// @return the tokens that are live no more
  List<String> endTokens(Handle handle, String deviceId, String authSetId) {
    List<String> ended = PostgresDeviceTokens.endAllOf(handle, authSetId);
    revocations.append(handle, deviceId, ended, Cause.CAUSE_REVOKED);
    return ended;
  }

  /// The device goes, with all that is its own.
  ///
  /// @return the tokens that are live no more
  List<String> decommission(Handle handle, LockedDevice device) {
    List<String> ended = new ArrayList<>();
    for (LockedDevice.Key key : device.keys()) {
      ended.addAll(PostgresDeviceTokens.endAllOf(handle, key.authSetId()));
    }
    revocations.append(handle, device.id(), ended, Cause.CAUSE_SUBJECT_DELETED);
    delete(handle, device);
    return ended;
  }

  private void delete(Handle handle, LockedDevice device) {
    handle.execute("DELETE FROM device WHERE id = ?", device.id());
    events.append(handle, device.id(), device.identityData(), DeviceEvent.Type.TYPE_DECOMMISSIONED);
  }

  /// A key that may become an auth set.
  record NewKeyRow(DeviceKey key, NewIds ids) {}
}
