package org.rekey.agent.auth;

/// Who asks.
///
/// @param tenantToken empty: none
/// @param tier empty: not said
public record Member(DeviceIdentity identity, String tenantToken, String tier) {
  public Member(DeviceIdentity identity) {
    this(identity, "", "");
  }
}
