package org.rekey.deviceauth;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// @param identityData canonical JSON
/// @param updatedAt when its status or its auth sets last changed
/// @param authSets in the order in which they came
/// @param checkInAt when a token of it was last used, to a few minutes; null: never
public record Device(
    String id,
    String identityData,
    DeviceStatus status,
    Instant createdAt,
    Instant updatedAt,
    List<AuthSet> authSets,
    @Nullable Instant checkInAt) {}
