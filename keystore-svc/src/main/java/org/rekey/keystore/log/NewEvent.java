package org.rekey.keystore.log;

/// An event before it has its place in the log.
public record NewEvent(String ring, long kid, Author author, KeyChange change) {}
