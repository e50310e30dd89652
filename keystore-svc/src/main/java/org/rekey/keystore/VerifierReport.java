package org.rekey.keystore;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// What a verifier last said of itself.
///
/// @param caller the name in the certificate that it reported under
/// @param epoch the last one that it has applied: its ack
/// @param keySetHash hex
/// @param usage issuers only
/// @param propagation from the newest event's time to its being applied there
public record VerifierReport(
    String caller,
    String name,
    long epoch,
    String keySetHash,
    List<String> algs,
    List<TokenUsage> usage,
    Duration propagation,
    Instant reportedAt) {}
