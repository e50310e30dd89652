package org.rekey.deviceauth;

import java.util.List;
import org.rekey.deviceauth.key.DeviceKey;

/// Devices as their own requests find and change them. Every change is one transaction, one at a
/// time for each device, with its events, and with the tokens that it ends.
public interface AuthRequestStore {
  /// How an identity with a key stands. Takes no lock.
  Standing find(Identity identity, DeviceKey key);

  /// How many devices are pending, as far as others' work is done.
  long pending();

  /// Adds a device with a pending auth set.
  ///
  /// @param maxPending devices that may be pending then; 0: any number
  Addition add(Identity identity, DeviceKey key, NewIds ids, long maxPending);

  /// A known device has come, with a new key or a preauthorized one.
  Requested requested(String deviceId, DeviceKey key, NewIds ids);

  /// A device has come with a certificate: its key is preauthorized unless somebody has decided on
  /// it, and needs a certificate from now on. Adds the device if nobody knows it, but one
  /// for each key: who has been rejected must not come back as somebody else.
  Certification certify(Identity identity, DeviceKey key, NewIds ids);

  /// How an identity with a key stands.
  sealed interface Standing {}

  record NewDevice() implements Standing {}

  record NewKey(String deviceId) implements Standing {}

  /// @param certified it has come with a certificate, and needs one
  /// @param challenge the device is to change this key, see [KeyRotation]; empty: it is not
  /// @param retired another key of the device has followed this one
  record Known(
      String deviceId,
      String authSetId,
      AuthSetStatus status,
      boolean certified,
      String challenge,
      boolean retired)
      implements Standing {}

  enum Addition {
    ADDED,
    /// The identity is known already.
    KNOWN,
    /// Too many wait already.
    NO_PLACE
  }

  /// What came of a request.
  sealed interface Requested {}

  /// @param ended tokens of an auth set whose place it has taken
  record Stands(AuthSetStatus status, List<String> ended) implements Requested {}

  /// It would be one accepted device too many.
  record NoRoom() implements Requested {}

  /// Others have shown too many keys for this identity already.
  record TooManyKeys() implements Requested {}

  /// The device is not there any more.
  record Gone() implements Requested {}

  /// What came of a certificate.
  sealed interface Certification {}

  /// @param ended tokens that were given out without a certificate
  record Certified(List<String> ended) implements Certification {}

  /// Another device has this key; nothing was changed.
  record KeyOfAnother(String deviceId) implements Certification {}
}
