package org.rekey.cli;

import java.time.Instant;
import java.util.List;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.ListKeysResponse;
import org.rekey.proto.keystore.v1.ListVerifiersResponse;
import org.rekey.proto.keystore.v1.Ring;
import org.rekey.proto.keystore.v1.Verifier;

/// Rings, keys and verifiers at one moment.
record WatchSample(
    Instant at, ListKeysResponse keys, ListVerifiersResponse verifiers, Rates rates) {

  List<Verifier> live() {
    return verifiers.getVerifiersList().stream().filter(Verifier::getLive).toList();
  }

  List<Key> keysOf(Ring ring) {
    return keys.getKeysList().stream().filter(key -> key.getRing().equals(ring.getName())).toList();
  }

  static boolean isWithdrawn(Key key) {
    return key.getState() == KeyState.KEY_STATE_RETIRED
        || key.getState() == KeyState.KEY_STATE_COMPROMISED;
  }

  /// Whether a verifier treats the key as the log says: verifies its tokens, or refuses them.
  static boolean hasAcked(Verifier verifier, Key key) {
    return !verifier.getDiverged()
        && (isWithdrawn(key)
            ? verifier.getEpoch() >= key.getEpoch()
            : verifier.getEpoch() >= key.getAnnouncedEpoch()
                && verifier.getAlgsList().contains(key.getAlg()));
  }
}
