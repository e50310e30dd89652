package org.rekey.verifier.token;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.map.Purpose;

/// The claims of a verified token that somebody acts upon.
///
/// @param subject `sub`: user id or device id
/// @param tokenId `jti`
/// @param issuedAt `iat`; null if the token does not say
/// @param expiresAt `exp`; null if it never expires
/// @param certificate the one that it is bound to; null if it is not bound
public record Claims(
    String issuer,
    String subject,
    String tokenId,
    Purpose purpose,
    @Nullable Instant issuedAt,
    @Nullable Instant expiresAt,
    @Nullable CertificateThumbprint certificate) {}
