package org.rekey.useradm;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A token that a user made for a tool and gave a name.
///
/// @param id `jti`
/// @param name unique for the user
/// @param kid null: not known, because it was taken over from another system and not used since
/// @param expiresAt null: never
/// @param lastUsedAt null: not yet
public record PersonalAccessToken(
    String id,
    String userId,
    String name,
    @Nullable Long kid,
    Instant createdAt,
    @Nullable Instant expiresAt,
    @Nullable Instant lastUsedAt) {}
