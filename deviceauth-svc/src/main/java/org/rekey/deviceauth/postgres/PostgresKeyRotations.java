package org.rekey.deviceauth.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.rekey.deviceauth.AuthRequestStore;
import org.rekey.deviceauth.AuthSetStatus;
import org.rekey.deviceauth.AuthSets;
import org.rekey.deviceauth.Identity;
import org.rekey.deviceauth.KeyRotation;
import org.rekey.deviceauth.KeyRotationStore;
import org.rekey.deviceauth.NewIds;
import org.rekey.deviceauth.key.DeviceKey;
import org.rekey.deviceauth.key.KeyProof;

/// Orders in the table `key_rotation`, under the lock of the device's row. The first use of a new
/// key is [PostgresAuthRequests]'s, as that of every preauthorized key.
public final class PostgresKeyRotations implements KeyRotationStore {
  private final Jdbi jdbi;
  private final DeviceChanges changes;
  private final InstantSource clock;

  public PostgresKeyRotations(Jdbi jdbi, DeviceChanges changes, InstantSource clock) {
    this.jdbi = jdbi;
    this.changes = changes;
    this.clock = clock;
  }

  @Override
  public Ordered order(String deviceId, byte[] challenge, Instant expires, boolean endTokens) {
    return jdbi.inTransaction(
        handle -> {
          LockedDevice device = LockedDevice.lock(handle, deviceId).orElse(null);
          if (device == null) {
            return new NotOrdered(NoOrder.NO_DEVICE);
          }
          String accepted = device.accepted().orElse(null);
          if (accepted == null) {
            return new NotOrdered(NoOrder.NOT_ACCEPTED);
          }
          if (isCertified(handle, accepted)) {
            return new NotOrdered(NoOrder.CERTIFIED);
          }
          var _ = end(handle, device, KeyRotation.State.CANCELLED);
          insert(handle, deviceId, challenge, accepted, expires);
          return new OrderStands(
              endTokens ? changes.endTokens(handle, deviceId, accepted) : List.of());
        });
  }

  private static boolean isCertified(Handle handle, String authSetId) {
    return handle
        .createQuery("SELECT certified FROM auth_set WHERE id = :id")
        .bind("id", authSetId)
        .mapTo(Boolean.class)
        .one();
  }

  private void insert(
      Handle handle, String deviceId, byte[] challenge, String accepted, Instant expires) {
    handle
        .createUpdate(
            """
            INSERT INTO key_rotation
              (device_id, challenge, state, old_auth_set, ordered_at, expires_at, changed_at)
            VALUES (:device, :challenge, 'ordered', :old, :now, :expires, :now)
            ON CONFLICT (device_id) DO UPDATE SET
              challenge = excluded.challenge, state = excluded.state,
              old_auth_set = excluded.old_auth_set, new_auth_set = NULL,
              ordered_at = excluded.ordered_at, expires_at = excluded.expires_at,
              changed_at = excluded.changed_at
            """)
        .bind("device", deviceId)
        .bind("challenge", challenge)
        .bind("old", accepted)
        .bind("now", now())
        .bind("expires", expires)
        .execute();
  }

  @Override
  public boolean cancel(String deviceId) {
    return jdbi.inTransaction(
        handle ->
            LockedDevice.lock(handle, deviceId)
                .map(device -> end(handle, device, KeyRotation.State.CANCELLED))
                .orElse(false));
  }

  /// A key that waits is refused from now on.
  ///
  /// @return false: there was none to end
  private boolean end(Handle handle, LockedDevice device, KeyRotation.State state) {
    Row row = read(handle, device.id()).orElse(null);
    if (row == null || !row.rotation().state().isOpen()) {
      return false;
    }
    String waiting = row.rotation().newAuthSetId();
    if (waiting != null
        && device.authSets().rolledBack(waiting) instanceof AuthSets.Change change) {
      List<String> _ = changes.apply(handle, device, change, null);
    }
    enter(handle, device.id(), state, clock);
    return true;
  }

  private static void enter(
      Handle handle, String deviceId, KeyRotation.State state, InstantSource clock) {
    handle.execute(
        "UPDATE key_rotation SET state = ?, changed_at = ? WHERE device_id = ?",
        column(state),
        clock.instant().truncatedTo(ChronoUnit.MICROS),
        deviceId);
  }

  @Override
  public List<KeyRotation> list(List<String> deviceIds) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT * FROM key_rotation WHERE device_id = ANY(:ids)")
                .bindArray("ids", String.class, deviceIds)
                .map((row, _) -> row(row).rotation())
                .list());
  }

  @Override
  public Offered offer(Identity identity, DeviceKey old, KeyProof proof, NewIds ids) {
    return jdbi.inTransaction(
        handle -> {
          if (!(DeviceQueries.find(handle, identity, old, now())
              instanceof AuthRequestStore.Known known)) {
            return new OldNotAccepted(AuthSetStatus.PENDING);
          }
          LockedDevice device = LockedDevice.lock(handle, known.deviceId()).orElse(null);
          if (device == null) {
            return new OldNotAccepted(AuthSetStatus.REJECTED);
          }
          AuthSetStatus status = device.authSets().statuses().get(known.authSetId());
          if (status != AuthSetStatus.ACCEPTED) {
            return new OldNotAccepted(status == null ? AuthSetStatus.REJECTED : status);
          }
          if (known.certified()) {
            return new NotTaken(Rule.CERTIFICATE_NEEDED);
          }
          return offer(handle, identity, device, known.authSetId(), proof, ids);
        });
  }

  private Offered offer(
      Handle handle,
      Identity identity,
      LockedDevice device,
      String old,
      KeyProof proof,
      NewIds ids) {
    Row row = read(handle, device.id()).orElse(null);
    if (row == null
        || !row.rotation().isOpenAt(clock.instant())
        || !row.rotation().oldAuthSetId().equals(old)) {
      return new NotTaken(Rule.NO_ORDER);
    }
    if (!proof.answers(row.challenge())) {
      return new NotTaken(Rule.OTHER_CHALLENGE);
    }
    String offered = row.rotation().newAuthSetId();
    Optional<String> known = device.authSetOf(proof.key());
    if (offered != null && !known.equals(Optional.of(offered))) {
      var _ = end(handle, device, KeyRotation.State.CONFLICT);
      return new Conflict(device.id());
    }
    if (DeviceQueries.anotherWith(handle, identity, proof.key()).isPresent()) {
      return new NotTaken(Rule.KEY_IS_KNOWN);
    }
    String fresh = known.orElse(ids.authSetId());
    return switch (device.authSets().offered(fresh)) {
      case AuthSets.Nothing _ -> new Taken();
      case AuthSets.Forbidden _ ->
          new NotTaken(
              device.authSets().statuses().containsKey(fresh)
                  ? Rule.KEY_IS_KNOWN
                  : Rule.OTHER_WAITS);
      case AuthSets.Change change -> {
        List<String> _ =
            changes.apply(handle, device, change, new DeviceChanges.NewKeyRow(proof.key(), ids));
        handle.execute(
            "UPDATE key_rotation SET state = 'offered', new_auth_set = ?, changed_at = ? WHERE"
                + " device_id = ?",
            fresh,
            now(),
            device.id());
        yield new Taken();
      }
    };
  }

  /// Called when a preauthorized key is about to be used: whether it waits for an order that has
  /// ended, or that follows a key that is accepted no more. It has ended then.
  static boolean isOver(Handle handle, LockedDevice device, String authSetId, InstantSource clock) {
    Row row = read(handle, device.id()).orElse(null);
    if (row == null
        || !row.rotation().state().isOpen()
        || !authSetId.equals(row.rotation().newAuthSetId())) {
      return false;
    }
    boolean isGood =
        row.rotation().isOpenAt(clock.instant())
            && device.authSets().statuses().get(row.rotation().oldAuthSetId())
                == AuthSetStatus.ACCEPTED;
    enter(
        handle,
        device.id(),
        isGood ? KeyRotation.State.DONE : KeyRotation.State.ROLLED_BACK,
        clock);
    return !isGood;
  }

  private static Optional<Row> read(Handle handle, String deviceId) {
    return handle
        .createQuery("SELECT * FROM key_rotation WHERE device_id = :device")
        .bind("device", deviceId)
        .map((row, _) -> row(row))
        .findOne();
  }

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        new KeyRotation(
            row.getString("device_id"),
            KeyRotation.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
            row.getString("old_auth_set"),
            newAuthSet(row),
            Rows.instant(row, "ordered_at"),
            Rows.instant(row, "expires_at"),
            Rows.instant(row, "changed_at")),
        row.getBytes("challenge"));
  }

  private static @Nullable String newAuthSet(ResultSet row) throws SQLException {
    return row.getString("new_auth_set");
  }

  private static String column(KeyRotation.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  /// @param challenge known to the device alone
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Row(KeyRotation rotation, byte[] challenge) {}
}
