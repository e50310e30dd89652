package org.rekey.deviceauth.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.rekey.deviceauth.AuthRequestStore.Known;
import org.rekey.deviceauth.AuthRequestStore.NewDevice;
import org.rekey.deviceauth.AuthRequestStore.NewKey;
import org.rekey.deviceauth.AuthRequestStore.Standing;
import org.rekey.deviceauth.AuthSet;
import org.rekey.deviceauth.Device;
import org.rekey.deviceauth.DeviceStatus;
import org.rekey.deviceauth.Identity;
import org.rekey.deviceauth.key.DeviceKey;
import org.rekey.deviceauth.key.KeyPem;

/// What is asked about devices, in whatever transaction.
final class DeviceQueries {
  /// A page is found in the index alone, however far down the list it is; then its rows are read.
  static final String LIST =
      """
      SELECT device.id, identity_data, status, created_at, updated_at, check_in.at AS check_in_at
      FROM (SELECT id FROM device <where> ORDER BY status, id OFFSET :skip LIMIT :limit) AS page
      JOIN device ON device.id = page.id
      LEFT JOIN check_in ON check_in.device_id = device.id
      ORDER BY status, id
      """;

  private DeviceQueries() {}

  static Standing find(Handle handle, Identity identity, DeviceKey key, Instant now) {
    return handle
        .createQuery(
            """
            SELECT device.id AS device, auth_set.id AS auth_set, auth_set.status, certified,
              CASE WHEN state IN ('ordered', 'offered') AND expires_at > :now THEN challenge END
                AS challenge,
              coalesce(state = 'done', false) AS retired
            FROM device
            LEFT JOIN auth_set ON auth_set.device_id = device.id AND sha256(public_key) = :key
            LEFT JOIN key_rotation
              ON key_rotation.device_id = device.id AND old_auth_set = auth_set.id
            WHERE identity_sha256 = :identity
            """)
        .bind("key", key.sha256())
        .bind("identity", identity.sha256())
        .bind("now", now)
        .map((row, _) -> standing(row))
        .findOne()
        .orElse(new NewDevice());
  }

  private static Standing standing(ResultSet row) throws SQLException {
    String deviceId = row.getString("device");
    String authSetId = row.getString("auth_set");
    return authSetId == null
        ? new NewKey(deviceId)
        : new Known(
            deviceId,
            authSetId,
            Rows.authSetStatus(row.getString("status")),
            row.getBoolean("certified"),
            challenge(row),
            row.getBoolean("retired"));
  }

  private static String challenge(ResultSet row) throws SQLException {
    byte[] challenge = row.getBytes("challenge");
    return challenge == null
        ? ""
        : Base64.getUrlEncoder().withoutPadding().encodeToString(challenge);
  }

  static Optional<String> deviceWith(Handle handle, Identity identity) {
    return handle
        .createQuery("SELECT id FROM device WHERE identity_sha256 = :identity")
        .bind("identity", identity.sha256())
        .mapTo(String.class)
        .findOne();
  }

  /// A device with this key and another identity.
  static Optional<String> anotherWith(Handle handle, Identity identity, DeviceKey key) {
    return handle
        .createQuery(
            """
            SELECT device.id FROM auth_set JOIN device ON device.id = device_id
            WHERE sha256(public_key) = :key AND identity_sha256 <> :identity
            LIMIT 1
            """)
        .bind("key", key.sha256())
        .bind("identity", identity.sha256())
        .mapTo(String.class)
        .findOne();
  }

  static Optional<Device> get(Handle handle, String deviceId) {
    return list(handle, Set.of(), List.of(deviceId), 0, 1).stream().findFirst();
  }

  static List<Device> list(
      Handle handle, Set<DeviceStatus> statuses, List<String> ids, long skip, int limit) {
    List<String> conditions = new ArrayList<>();
    if (!statuses.isEmpty()) {
      conditions.add("status = ANY(:statuses)");
    }
    if (!ids.isEmpty()) {
      conditions.add("id = ANY(:ids)");
    }
    String where = conditions.isEmpty() ? "" : "WHERE " + String.join(" AND ", conditions);
    Query query =
        handle.createQuery(LIST).define("where", where).bind("skip", skip).bind("limit", limit);
    if (!statuses.isEmpty()) {
      query.bindArray("statuses", String.class, statuses.stream().map(Rows::column).toList());
    }
    if (!ids.isEmpty()) {
      query.bindArray("ids", String.class, ids);
    }
    List<Device> devices = query.map((row, _) -> device(row)).list();
    return withAuthSets(handle, devices);
  }

  private static Device device(ResultSet row) throws SQLException {
    return new Device(
        row.getString("id"),
        row.getString("identity_data"),
        Rows.deviceStatus(row.getString("status")),
        Rows.instant(row, "created_at"),
        Rows.instant(row, "updated_at"),
        List.of(),
        Rows.instantOrNull(row, "check_in_at"));
  }

  private static List<Device> withAuthSets(Handle handle, List<Device> devices) {
    Map<String, List<AuthSet>> authSets = new HashMap<>();
    Map<String, Device> byId = new HashMap<>();
    devices.forEach(device -> byId.put(device.id(), device));
    handle
        .createQuery(
            """
            SELECT id, device_id, public_key, status, created_at FROM auth_set
            WHERE device_id = ANY(:devices) ORDER BY created_at, id
            """)
        .bindArray("devices", String.class, byId.keySet())
        .map((row, _) -> authSet(row, byId))
        .forEach(
            authSet ->
                authSets.computeIfAbsent(authSet.deviceId(), _ -> new ArrayList<>()).add(authSet));
    return devices.stream()
        .map(
            device ->
                new Device(
                    device.id(),
                    device.identityData(),
                    device.status(),
                    device.createdAt(),
                    device.updatedAt(),
                    List.copyOf(authSets.getOrDefault(device.id(), List.of())),
                    device.checkInAt()))
        .toList();
  }

  private static AuthSet authSet(ResultSet row, Map<String, Device> devices) throws SQLException {
    String deviceId = row.getString("device_id");
    Device device = devices.get(deviceId);
    return new AuthSet(
        row.getString("id"),
        deviceId,
        device == null ? "" : device.identityData(),
        KeyPem.encode(row.getBytes("public_key")),
        Rows.authSetStatus(row.getString("status")),
        Rows.instant(row, "created_at"));
  }

  static long count(Handle handle, Set<DeviceStatus> statuses) {
    Set<DeviceStatus> wanted = statuses.isEmpty() ? Set.of(DeviceStatus.values()) : statuses;
    return handle
        .createQuery(
            "SELECT coalesce(sum(devices), 0) FROM device_count WHERE status = ANY(:statuses)")
        .bindArray("statuses", String.class, wanted.stream().map(Rows::column).toList())
        .mapTo(Long.class)
        .one();
  }
}
