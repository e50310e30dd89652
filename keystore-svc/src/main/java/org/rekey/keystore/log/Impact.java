package org.rekey.keystore.log;

import java.time.Instant;

/// Live tokens that end with a key, as its issuer had counted last.
///
/// @param owners users or devices with at least one of them
public record Impact(
    long sessions, long personalAccessTokens, long deviceTokens, long owners, Instant countedAt) {}
