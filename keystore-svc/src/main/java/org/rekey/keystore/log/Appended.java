package org.rekey.keystore.log;

import org.rekey.verifier.map.KidMap;

/// An event and its place in the log.
///
/// @param before the map that it was decided upon
/// @param after the map with it
public record Appended(NewEvent event, long epoch, KidMap before, KidMap after) {}
