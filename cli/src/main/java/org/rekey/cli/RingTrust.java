package org.rekey.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.artifact.Artifact;
import org.rekey.artifact.ArtifactKey;
import org.rekey.artifact.Manifest;
import org.rekey.cli.client.VerifiedLog;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.verifier.map.KeyState;
import org.rekey.verifier.map.KnownKey;

/// Whether a signature counts, by what the key log says of the key that made it. A key in use is
/// trusted. A retired one is for what the log says it signed while it could: so nobody who finds it
/// later signs anything with it. A compromised one is not.
record RingTrust(VerifiedLog log) {
  static final String RING = "artifact";

  /// What became of a signature.
  sealed interface Verdict {
    /// @param entry the event by which it was signed; null if it was signed elsewhere
    record Trusted(KnownKey key, @Nullable KeyEvent entry) implements Verdict {}

    record Refused(String why) implements Verdict {}
  }

  /// @param kid null: any key of the ring
  Verdict judge(Artifact artifact, String signature, @Nullable Long kid) {
    var why = "";
    for (KnownKey key : log.head().keys(RING)) {
      if (kid != null && kid != key.kid()) {
        continue;
      }
      var problem = problem(key, artifact.manifest(), signature);
      if (problem.isEmpty()) {
        return judge(artifact.manifest(), key);
      }
      why = problem.get();
    }
    if (kid == null) {
      return new Verdict.Refused("no key of ring artifact has made the signature");
    }
    return new Verdict.Refused(
        why.isEmpty()
            ? "kid %d: no such key in ring artifact (see: rekey keys list artifact --all)"
                .formatted(kid)
            : "not by kid %d: %s".formatted(kid, why));
  }

  private static Optional<String> problem(KnownKey key, Manifest manifest, String signature) {
    try {
      return ArtifactKey.of(key.publicKey()).problem(manifest, signature);
    } catch (IllegalArgumentException e) {
      return Optional.of("it is " + e.getMessage());
    }
  }

  private Verdict judge(Manifest manifest, KnownKey key) {
    var entry = entry(manifest, key.kid());
    return switch (key.state()) {
      case ACTIVE, VERIFY_ONLY, ANNOUNCED -> new Verdict.Trusted(key, entry.orElse(null));
      case RETIRED ->
          entry
              .<Verdict>map(event -> new Verdict.Trusted(key, event))
              .orElseGet(
                  () ->
                      new Verdict.Refused(
                          "kid %d is retired since %s, and the key log does not say that it signed this while it could (sign again with the active key)"
                              .formatted(key.kid(), key.withdrawnAt())));
      case COMPROMISED ->
          new Verdict.Refused(
              "kid %d was found compromised on %s: nothing that it signed is trusted (sign again with the active key)"
                  .formatted(key.kid(), key.withdrawnAt()));
    };
  }

  /// The event counts only if the key could sign then, as every reader of the log judges it.
  private Optional<KeyEvent> entry(Manifest manifest, long kid) {
    return log.events().stream()
        .filter(KeyEvent::hasManifestSigned)
        .filter(event -> event.getRing().equals(RING) && event.getKid() == kid)
        .filter(event -> KeyEvents.manifest(event).equals(manifest.sha256()))
        .filter(event -> couldSign(kid, event.getEpoch()))
        .findFirst();
  }

  private boolean couldSign(long kid, long epoch) {
    return log.at(epoch - 1)
        .find(RING, kid)
        .map(KnownKey::state)
        .filter(state -> state == KeyState.ACTIVE || state == KeyState.VERIFY_ONLY)
        .isPresent();
  }
}
