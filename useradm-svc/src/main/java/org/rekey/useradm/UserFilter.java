package org.rekey.useradm;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which users are looked for. All conditions must hold; an empty or absent one always does.
///
/// @param emails in any case of letters
/// @param createdAfter a strict inequality, as the three others
public record UserFilter(
    List<String> ids,
    List<String> emails,
    @Nullable Instant createdAfter,
    @Nullable Instant createdBefore,
    @Nullable Instant updatedAfter,
    @Nullable Instant updatedBefore) {}
