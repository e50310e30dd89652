package org.rekey.cli.client;

import java.util.Arrays;
import org.rekey.proto.keystore.v1.Verifier;
import org.rekey.verifier.map.KidMap;

/// A verifier, and the kid map that it must hold after the epoch that it has acknowledged.
///
/// @param map folded from the log, which was checked
/// @param behind how many events it has not acknowledged
public record VerifierMap(Verifier reported, KidMap map, long behind) {

  static VerifierMap of(Verifier reported, VerifiedLog log) {
    return new VerifierMap(
        reported,
        log.at(reported.getEpoch()),
        Math.max(0, log.head().epoch() - reported.getEpoch()));
  }

  /// Whether the verifier's hash of its own keys is that of the map: then it holds exactly these.
  public boolean isProven() {
    return Arrays.equals(map.keySetHash(), reported.getKeySetHash().toByteArray());
  }

  /// From the newest event's being appended to its being applied there.
  public long propagationMillis() {
    return reported.getPropagation().getSeconds() * 1_000
        + reported.getPropagation().getNanos() / 1_000_000;
  }
}
