package org.rekey.deviceauth;

import java.time.Instant;

/// One key that a device has shown for its identity, or will show.
///
/// @param publicKey PEM, with 64 columns and a final line feed
public record AuthSet(
    String id,
    String deviceId,
    String identityData,
    String publicKey,
    AuthSetStatus status,
    Instant createdAt) {}
