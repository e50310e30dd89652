package org.rekey.deviceauth;

/// Whether one key of a device may come in.
public enum AuthSetStatus {
  PENDING,
  ACCEPTED,
  REJECTED,
  /// Accepted as soon as the device comes with it.
  PREAUTHORIZED
}
