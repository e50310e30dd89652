package org.rekey.deviceauth;

import java.util.Collection;
import java.util.List;

/// A device is what the strongest of its auth sets is.
public enum DeviceStatus {
  ACCEPTED,
  PREAUTHORIZED,
  PENDING,
  REJECTED,
  /// It has no auth set.
  NOAUTH;

  private static final List<AuthSetStatus> STRONGEST_FIRST =
      List.of(
          AuthSetStatus.ACCEPTED,
          AuthSetStatus.PREAUTHORIZED,
          AuthSetStatus.PENDING,
          AuthSetStatus.REJECTED);

  public static DeviceStatus of(Collection<AuthSetStatus> authSets) {
    return STRONGEST_FIRST.stream()
        .filter(authSets::contains)
        .findFirst()
        .map(DeviceStatus::of)
        .orElse(NOAUTH);
  }

  public static DeviceStatus of(AuthSetStatus authSet) {
    return switch (authSet) {
      case ACCEPTED -> ACCEPTED;
      case PREAUTHORIZED -> PREAUTHORIZED;
      case PENDING -> PENDING;
      case REJECTED -> REJECTED;
    };
  }
}
