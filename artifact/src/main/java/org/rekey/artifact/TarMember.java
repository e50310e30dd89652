package org.rekey.artifact;

import java.time.Instant;

/// The head of a member of a tar archive.
record TarMember(String name, long size, boolean isDirectory, Instant modified) {}
