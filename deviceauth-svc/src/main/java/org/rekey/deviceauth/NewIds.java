package org.rekey.deviceauth;

import java.time.Instant;

/// What a device or an auth set gets if it turns out to be new.
public record NewIds(String deviceId, String authSetId, Instant at) {}
