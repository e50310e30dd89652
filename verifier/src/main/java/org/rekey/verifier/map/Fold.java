package org.rekey.verifier.map;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.KeyAdded;
import org.rekey.proto.keystore.v1.KeyCompromised;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyRetired;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.CryptoProvider;
import org.rekey.verifier.key.KeyWeakness;
import org.rekey.verifier.key.PublicKeys;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.map.KidMap.Applied;
import org.rekey.verifier.map.KidMap.Outcome;
import org.rekey.verifier.map.KidMap.Violation;

/// One event applied to one map: the rules of a key's life.
final class Fold {
  private static final int SHA256_BYTES = 32;

  private final KidMap map;
  private final KeyEvent event;
  private final String ring;
  private final long kid;
  private final long epoch;
  private final Instant at;

  Fold(KidMap before, KeyEvent event) {
    this.map = before.at(event.getEpoch());
    this.event = event;
    this.ring = event.getRing();
    this.kid = event.getKid();
    this.epoch = event.getEpoch();
    this.at = Instant.ofEpochSecond(event.getAt().getSeconds(), event.getAt().getNanos());
  }

  Outcome outcome() {
    var purpose = Purpose.ofRing(ring);
    if (purpose.isEmpty()) {
      return violation("ring: unknown (expected: useradm, deviceauth or artifact)");
    }
    if (kid < 0) {
      return violation("kid: over 2^63 (expected: 0 to 2^63-1)");
    }
    return switch (event.getChangeCase()) {
      case KEY_ADDED -> added(event.getKeyAdded(), purpose.get());
      case KEY_ACTIVATED -> known(this::activated);
      case KEY_RETIRED -> known(key -> retired(key, event.getKeyRetired()));
      case KEY_COMPROMISED -> known(key -> compromised(key, event.getKeyCompromised()));
      case KEY_HELD -> known(this::held);
      case KEY_RELEASED -> known(this::released);
      case MANIFEST_SIGNED -> known(this::signedManifest);
      case CHANGE_NOT_SET -> violation("change: none or unknown (expected: a newer verifier?)");
    };
  }

  private Outcome added(KeyAdded added, Purpose purpose) {
    var parsed = PublicKeys.parse(added.getPublicKey().toByteArray());
    if (parsed.isEmpty()) {
      return violation("public key: unreadable (expected: X.509 of RSA, EC, Ed25519 or ML-DSA)");
    }
    var publicKey = parsed.get();
    var weakness = KeyWeakness.of(publicKey);
    if (weakness.isPresent()) {
      return violation(weakness.get().text());
    }
    var alg = Alg.of(publicKey).orElseThrow();
    if (!alg.jwsName().equals(added.getAlg())) {
      return violation("alg: not the key's own (expected: " + alg.jwsName() + ")");
    }
    var thumbprint = Thumbprint.of(publicKey);
    if (!thumbprint.equals(added.getThumbprint())) {
      return violation("thumbprint: not the key's own (expected: " + thumbprint + ")");
    }
    if (purpose.toProto() != added.getPurpose()) {
      return violation("purpose: not the ring's (expected: " + purpose.toProto() + ")");
    }
    var issuer = map.keys(ring).stream().map(KnownKey::issuer).findFirst();
    if (added.getIssuer().isEmpty()
        || issuer.filter(i -> !i.equals(added.getIssuer())).isPresent()) {
      return violation("issuer: not the ring's (expected: " + issuer.orElse("not empty") + ")");
    }
    var key =
        new KnownKey(
            ring,
            kid,
            new KeyLife.Announced(null, null),
            alg,
            CryptoProvider.preferred().adopt(publicKey),
            thumbprint,
            added.getIssuer(),
            purpose,
            at,
            false,
            epoch);
    return map.find(ring, kid)
        .map(known -> addedAgain(known, key))
        .orElseGet(() -> new Applied(map.with(key)));
  }

  private Outcome addedAgain(KnownKey known, KnownKey key) {
    if (!known.isSameAs(key)) {
      return violation(
          "kid: it means another key (expected: thumbprint " + known.thumbprint() + ")");
    }
    return known.life() instanceof KeyLife.Removed removed
        ? applied(known, removed.announcedAgain())
        : violation(
            "key: added again in state %s (expected: retired because its file was removed)"
                .formatted(known.state()));
  }

  private Outcome activated(KnownKey key) {
    return key.life() instanceof KeyLife.Idle idle
        ? new Applied(signingWith(map, key, idle))
        : violation(
            "key: activated in state %s (expected: ANNOUNCED or VERIFY_ONLY)"
                .formatted(key.state()));
  }

  private Outcome retired(KnownKey key, KeyRetired retired) {
    if (!(key.life() instanceof KeyLife.Trusted trusted)) {
      return violation(
          "key: retired in state %s (expected: one that verifies)".formatted(key.state()));
    }
    KeyLife withdrawn =
        switch (retired.getCause()) {
          case CAUSE_FILE_REMOVED -> trusted.fileRemoved(at);
          // A cause from a newer keystore counts as the stronger one: the key does not come back by
          // itself.
          case CAUSE_COMMAND, CAUSE_UNSPECIFIED, UNRECOGNIZED -> trusted.retired(at);
        };
    return withdrawn(key, withdrawn, retired.hasSuccessorKid() ? retired.getSuccessorKid() : null);
  }

  private Outcome compromised(KnownKey key, KeyCompromised compromised) {
    KeyLife withdrawn =
        switch (key.life()) {
          case KeyLife.Trusted trusted -> trusted.compromised(at);
          case KeyLife.Retired was -> was.compromised(at);
          case KeyLife.Removed was -> was.compromised(at);
          case KeyLife.Compromised same -> same;
        };
    return withdrawn(
        key, withdrawn, compromised.hasSuccessorKid() ? compromised.getSuccessorKid() : null);
  }

  private Outcome withdrawn(KnownKey key, KeyLife withdrawn, @Nullable Long successorKid) {
    var without = map.with(key.with(withdrawn, epoch));
    if (successorKid == null) {
      return new Applied(without);
    }
    if (!(key.life() instanceof KeyLife.Active)) {
      return new Violation(without, text("successor: of a key that did not sign (expected: none)"));
    }
    var successor = without.find(ring, successorKid);
    return successor.isPresent() && successor.get().life() instanceof KeyLife.Idle idle
        ? new Applied(signingWith(without, successor.get(), idle))
        : new Violation(
            without,
            text(
                "successor: kid %d cannot sign (expected: ANNOUNCED or VERIFY_ONLY)"
                    .formatted(successorKid)));
  }

  private Outcome held(KnownKey key) {
    return key.verifies()
        ? new Applied(map.with(key.held(true, epoch)))
        : violation("key: held in state %s (expected: one that verifies)".formatted(key.state()));
  }

  private Outcome released(KnownKey key) {
    return key.held()
        ? new Applied(map.with(key.held(false, epoch)))
        : violation("key: released without a hold (expected: held before)");
  }

  /// Only a key that signs, or did, can have signed.
  private Outcome signedManifest(KnownKey key) {
    if (key.purpose() != Purpose.ARTIFACT) {
      return violation("manifest: signed by a key for tokens (expected: one of ring artifact)");
    }
    if (event.getManifestSigned().getManifestSha256().size() != SHA256_BYTES) {
      return violation("manifest: not a SHA-256 (expected: 32 bytes)");
    }
    return key.state() == KeyState.ACTIVE || key.state() == KeyState.VERIFY_ONLY
        ? new Applied(map)
        : violation(
            "manifest: signed in state %s (expected: ACTIVE or VERIFY_ONLY)"
                .formatted(key.state()));
  }

  /// At most one key of a ring signs: whoever did before only verifies now.
  private KidMap signingWith(KidMap from, KnownKey key, KeyLife.Idle idle) {
    var others = from;
    for (KnownKey other : from.keys(ring)) {
      if (other.life() instanceof KeyLife.Active former) {
        others = others.with(other.with(former.replaced(at), epoch));
      }
    }
    return others.with(key.with(idle.activated(at), epoch));
  }

  private Outcome applied(KnownKey key, KeyLife life) {
    return new Applied(map.with(key.with(life, epoch)));
  }

  private Outcome known(Function<KnownKey, Outcome> change) {
    Optional<KnownKey> key = map.find(ring, kid);
    if (key.isEmpty()) {
      return violation("kid: unknown (expected: added before)");
    }
    if (key.get().state() == KeyState.COMPROMISED) {
      return violation("key: changed after it was found compromised (expected: no event)");
    }
    return change.apply(key.get());
  }

  private Violation violation(String text) {
    return new Violation(map, text(text));
  }

  private String text(String text) {
    return "epoch %d, %s/%d: %s".formatted(epoch, ring, kid, text);
  }
}
