package org.rekey.keystore.log;

import java.time.Instant;

/// An event of the log.
///
/// @param type `KEY_ADDED`, `KEY_ACTIVATED` …
/// @param at when a keystore appended it, by its clock
public record Logged(long epoch, String type, Instant at) {}
