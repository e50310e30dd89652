package org.rekey.useradm;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// @param loginAt null if the user never logged in
public record User(
    String id, Email email, Instant createdAt, Instant updatedAt, @Nullable Instant loginAt) {}
