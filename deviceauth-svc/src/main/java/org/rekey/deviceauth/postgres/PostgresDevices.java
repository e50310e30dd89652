package org.rekey.deviceauth.postgres;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.rekey.deviceauth.AuthSetStatus;
import org.rekey.deviceauth.AuthSets;
import org.rekey.deviceauth.Device;
import org.rekey.deviceauth.DeviceStatus;
import org.rekey.deviceauth.DeviceStore;
import org.rekey.deviceauth.Identity;
import org.rekey.deviceauth.NewIds;
import org.rekey.deviceauth.key.DeviceKey;
import org.rekey.proto.auth.v1.TokenEvent.Cause;
import org.rekey.proto.deviceauth.v1.DeviceEvent;
import org.rekey.runtime.outbox.RevocationEvents;

/// Devices in the tables `device` and `auth_set`. [AuthSets] decides what happens; here it happens,
/// under the lock of the device's row.
public final class PostgresDevices implements DeviceStore {
  private static final int MAX_UNDECIDED_KEYS = 20;

  private final Jdbi jdbi;
  private final DeviceEvents events;
  private final RevocationEvents revocations;
  private final InstantSource clock;

  public PostgresDevices(
      Jdbi jdbi, DeviceEvents events, RevocationEvents revocations, InstantSource clock) {
    this.jdbi = jdbi;
    this.events = events;
    this.revocations = revocations;
    this.clock = clock;
  }

  @Override
  public Standing find(Identity identity, DeviceKey key) {
    return jdbi.withHandle(handle -> DeviceQueries.find(handle, identity, key, now()));
  }

  @Override
  public Addition add(Identity identity, DeviceKey key, NewIds ids, long maxPending) {
    return jdbi.inTransaction(
        handle -> {
          if (!PendingLimit.leavesRoom(handle, maxPending)) {
            return Addition.NO_PLACE;
          }
          return insert(handle, identity, key, AuthSetStatus.PENDING, ids)
              ? Addition.ADDED
              : Addition.KNOWN;
        });
  }

  /// @return false if the identity is known already
  private boolean insert(
      Handle handle, Identity identity, DeviceKey key, AuthSetStatus status, NewIds ids) {
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
              List<String> ended = apply(handle, device, change, new NewKeyRow(key, ids));
              yield new Stands(statusIn(change.after(), authSetId), ended);
            }
            case AuthSets.Nothing _, AuthSets.Forbidden _ ->
                new Stands(statusIn(device.authSets(), authSetId), List.of());
          };
        });
  }

  private Requested rolledBack(Handle handle, LockedDevice device, String authSetId) {
    if (device.authSets().rolledBack(authSetId) instanceof AuthSets.Change change) {
      List<String> _ = apply(handle, device, change, null);
    }
    return new Stands(AuthSetStatus.REJECTED, List.of());
  }

  /// Those of one auth set.
  ///
  /// @return the tokens that are live no more
  List<String> endTokens(Handle handle, String deviceId, String authSetId) {
    List<String> ended = PostgresDeviceTokens.endAllOf(handle, authSetId);
    revocations.append(handle, deviceId, ended, Cause.CAUSE_REVOKED);
    return ended;
  }

  private static AuthSetStatus statusIn(AuthSets authSets, String authSetId) {
    AuthSetStatus status = authSets.statuses().get(authSetId);
    if (status == null) {
      throw new IllegalStateException("auth set: gone (expected: still there under the lock)");
    }
    return status;
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
              List<String> ended = apply(handle, device, change, null);
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

  /// Tries again when the device goes between the two looks at it.
  @Override
  public Preauthorized preauthorize(Identity identity, DeviceKey key, boolean force, NewIds ids) {
    return jdbi.inTransaction(
        handle -> {
          while (!insert(handle, identity, key, AuthSetStatus.PREAUTHORIZED, ids)) {
            LockedDevice device =
                DeviceQueries.deviceWith(handle, identity)
                    .flatMap(id -> LockedDevice.lock(handle, id))
                    .orElse(null);
            if (device != null) {
              return preauthorizeKnown(handle, device, new NewKeyRow(key, ids), force);
            }
          }
          return new DevicePreauthorized(DeviceQueries.get(handle, ids.deviceId()).orElseThrow());
        });
  }

  private Preauthorized preauthorizeKnown(
      Handle handle, LockedDevice device, NewKeyRow row, boolean force) {
    if (!force) {
      return new AlreadyThere(DeviceQueries.get(handle, device.id()).orElseThrow());
    }
    String authSetId = device.authSetOf(row.key()).orElse(row.ids().authSetId());
    if (device.authSets().preauthorized(authSetId) instanceof AuthSets.Change change) {
      List<String> _ = apply(handle, device, change, row);
    }
    return new DevicePreauthorized(DeviceQueries.get(handle, device.id()).orElseThrow());
  }

  /// One at a time for each key. Tries again when the device goes between the two looks at it.
  @Override
  public Certification certify(Identity identity, DeviceKey key, NewIds ids) {
    return jdbi.inTransaction(
        handle -> {
          AdvisoryLock.take(handle, key);
          String another = DeviceQueries.anotherWith(handle, identity, key).orElse(null);
          if (another != null) {
            return new KeyOfAnother(another);
          }
          while (!insert(handle, identity, key, AuthSetStatus.PREAUTHORIZED, ids)) {
            LockedDevice device =
                DeviceQueries.deviceWith(handle, identity)
                    .flatMap(id -> LockedDevice.lock(handle, id))
                    .orElse(null);
            if (device != null) {
              return new Certified(certifyKnown(handle, device, new NewKeyRow(key, ids)));
            }
          }
          markCertified(handle, ids.authSetId());
          return new Certified(List.of());
        });
  }

  private List<String> certifyKnown(Handle handle, LockedDevice device, NewKeyRow row) {
    String authSetId = device.authSetOf(row.key()).orElse(row.ids().authSetId());
    if (device.isPutBack(authSetId)) {
      return List.of();
    }
    List<String> ended = new ArrayList<>();
    if (device.authSets().certified(authSetId) instanceof AuthSets.Change change) {
      ended.addAll(apply(handle, device, change, row));
    }
    if (markCertified(handle, authSetId)) {
      List<String> unbound = PostgresDeviceTokens.endAllOf(handle, authSetId);
      revocations.append(handle, device.id(), unbound, Cause.CAUSE_REVOKED);
      ended.addAll(unbound);
    }
    return ended;
  }

  /// @return false if it was before
  private static boolean markCertified(Handle handle, String authSetId) {
    return handle.execute(
            "UPDATE auth_set SET certified = true WHERE id = ? AND NOT certified", authSetId)
        == 1;
  }

  @Override
  public Optional<List<String>> deleteAuthSet(String deviceId, String authSetId) {
    return jdbi.inTransaction(
        handle -> {
          LockedDevice device = LockedDevice.lock(handle, deviceId).orElse(null);
          return device != null
                  && device.authSets().deleted(authSetId) instanceof AuthSets.Change change
              ? Optional.of(apply(handle, device, change, null))
              : Optional.empty();
        });
  }

  @Override
  public Optional<List<String>> decommission(String deviceId) {
    return jdbi.inTransaction(
        handle ->
            LockedDevice.lock(handle, deviceId)
                .map(
                    device -> {
                      List<String> ended = new ArrayList<>();
                      for (LockedDevice.Key key : device.keys()) {
                        ended.addAll(PostgresDeviceTokens.endAllOf(handle, key.authSetId()));
                      }
                      revocations.append(handle, deviceId, ended, Cause.CAUSE_SUBJECT_DELETED);
                      delete(handle, device);
                      return ended;
                    }));
  }

  private void delete(Handle handle, LockedDevice device) {
    handle.execute("DELETE FROM device WHERE id = ?", device.id());
    events.append(handle, device.id(), device.identityData(), DeviceEvent.Type.TYPE_DECOMMISSIONED);
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
          .bind("at", now())
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

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  @Override
  public long pending() {
    return count(Set.of(DeviceStatus.PENDING));
  }

  @Override
  public Optional<Device> get(String deviceId) {
    return jdbi.withHandle(handle -> DeviceQueries.get(handle, deviceId));
  }

  @Override
  public Optional<AuthSetStatus> authSetStatus(String authSetId) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT status FROM auth_set WHERE id = :id")
                .bind("id", authSetId)
                .mapTo(String.class)
                .findOne()
                .map(Rows::authSetStatus));
  }

  @Override
  public List<Device> list(Set<DeviceStatus> statuses, List<String> ids, long skip, int limit) {
    return jdbi.withHandle(handle -> DeviceQueries.list(handle, statuses, ids, skip, limit));
  }

  @Override
  public long count(Set<DeviceStatus> statuses) {
    return jdbi.withHandle(handle -> DeviceQueries.count(handle, statuses));
  }

  @Override
  public long maxDevices() {
    return jdbi.withHandle(DeviceLimit::read);
  }

  @Override
  public void limitDevices(long maxDevices) {
    jdbi.useTransaction(handle -> DeviceLimit.write(handle, maxDevices));
  }

  record NewKeyRow(DeviceKey key, NewIds ids) {}
}
