package org.rekey.deviceauth;

import java.time.Instant;
import java.util.List;
import org.rekey.deviceauth.key.DeviceKey;
import org.rekey.deviceauth.key.KeyProof;

/// Orders to change keys. Every change is one transaction, one at a time for each device.
public interface KeyRotationStore {

  /// Replaces an order that stands.
  ///
  /// @param endTokens the device's tokens end with it
  Ordered order(String deviceId, byte[] challenge, Instant expires, boolean endTokens);

  /// @return false: there was nothing to take back
  boolean cancel(String deviceId);

  /// Those of these devices that have had one.
  List<KeyRotation> list(List<String> deviceIds);

  /// A device has proved that the new key is its own.
  Offered offer(Identity identity, DeviceKey old, KeyProof proof, NewIds ids);

  /// What came of an order.
  sealed interface Ordered {}

  /// @param ended tokens that are live no more
  record OrderStands(List<String> ended) implements Ordered {}

  record NotOrdered(NoOrder why) implements Ordered {}

  enum NoOrder {
    NO_DEVICE,
    NOT_ACCEPTED,
    /// Its key came with a certificate.
    CERTIFIED
  }

  /// What came of an offer.
  sealed interface Offered {}

  /// The new key waits for its first use.
  record Taken() implements Offered {}

  record NotTaken(Rule rule) implements Offered {}

  /// The old key is not accepted.
  record OldNotAccepted(AuthSetStatus status) implements Offered {}

  /// Two keys for one device: nobody's is taken, and the order has ended.
  record Conflict(String deviceId) implements Offered {}

  enum Rule {
    NO_ORDER,
    OTHER_CHALLENGE,
    OTHER_KEY,
    KEY_IS_KNOWN,
    OTHER_WAITS,
    CERTIFICATE_NEEDED
  }
}
