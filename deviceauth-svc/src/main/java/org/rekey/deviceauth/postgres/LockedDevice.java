package org.rekey.deviceauth.postgres;

import static java.util.stream.Collectors.toMap;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.rekey.deviceauth.AuthSetStatus;
import org.rekey.deviceauth.AuthSets;
import org.rekey.deviceauth.key.DeviceKey;

/// A device and its auth sets, which nobody else changes until the transaction ends. The device is
/// locked before its auth sets, and those before tokens, always.
record LockedDevice(String id, String identityData, List<Key> keys) {

  /// @param x509 SubjectPublicKeyInfo, DER
  /// @param certified it has come with a certificate
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Key(String authSetId, byte[] x509, AuthSetStatus status, boolean certified) {}

  static Optional<LockedDevice> lock(Handle handle, String deviceId) {
    return handle
        .createQuery("SELECT identity_data FROM device WHERE id = :id FOR NO KEY UPDATE")
        .bind("id", deviceId)
        .mapTo(String.class)
        .findOne()
        .map(identityData -> new LockedDevice(deviceId, identityData, lockKeys(handle, deviceId)));
  }

  private static List<Key> lockKeys(Handle handle, String deviceId) {
    return handle
        .createQuery(
            """
            SELECT id, public_key, status, certified FROM auth_set WHERE device_id = :device
            ORDER BY id FOR NO KEY UPDATE
            """)
        .bind("device", deviceId)
        .map(
            (row, _) ->
                new Key(
                    row.getString("id"),
                    row.getBytes("public_key"),
                    Rows.authSetStatus(row.getString("status")),
                    row.getBoolean("certified")))
        .list();
  }

  AuthSets authSets() {
    return new AuthSets(keys.stream().collect(toMap(Key::authSetId, Key::status)));
  }

  Optional<String> authSetOf(DeviceKey key) {
    byte[] x509 = key.x509();
    return keys.stream()
        .filter(known -> Arrays.equals(known.x509(), x509))
        .map(Key::authSetId)
        .findFirst();
  }

  Optional<String> accepted() {
    return keys.stream()
        .filter(key -> key.status() == AuthSetStatus.ACCEPTED)
        .map(Key::authSetId)
        .findFirst();
  }

  boolean has(String authSetId) {
    return keys.stream().anyMatch(key -> key.authSetId().equals(authSetId));
  }

  /// Whether a key that a certificate let in was put back by the owner: nobody else makes it wait.
  boolean isPutBack(String authSetId) {
    return keys.stream()
        .anyMatch(
            key ->
                key.authSetId().equals(authSetId)
                    && key.certified()
                    && key.status() == AuthSetStatus.PENDING);
  }

  long undecided() {
    return keys.stream().filter(key -> key.status() == AuthSetStatus.PENDING).count();
  }
}
