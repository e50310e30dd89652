package org.rekey.bench.gateway;

import java.util.List;

/// One proxy under one name.
///
/// @param url what is asked for
/// @param tokens live ones of its instance
/// @param checksTokens whether a forged token has to be refused
/// @param isOurs written in Java, so to be warmed up
/// @param loads which loads it gets
/// @param pids of the proxy and of those whom it asks for a verdict
record Variant(
    String name,
    String url,
    Load.Tokens tokens,
    boolean checksTokens,
    boolean isOurs,
    List<Load> loads,
    List<Long> pids) {}
