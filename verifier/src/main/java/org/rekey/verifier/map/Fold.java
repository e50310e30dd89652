package org.rekey.verifier.map;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.KeyAdded;
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
      case KEY_COMPROMISED -> known(this::compromised);
      case CHANGE_NOT_SET -> violation("change: none or unknown (expected: a newer verifier?)");
    };
  }

  private Outcome added(KeyAdded added, Purpose purpose) {
    var parsed = PublicKeys.parse(added.getPublicKey().toByteArray());
    if (parsed.isEmpty()) {
      return violation("public key: unreadable (expected: X.509 of RSA, EC or Ed25519)");
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
            KeyState.ANNOUNCED,
            alg,
            CryptoProvider.preferred().adopt(publicKey),
            thumbprint,
            added.getIssuer(),
            purpose,
            at,
            null,
            null,
            null,
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
    if (known.withdrawal() != Withdrawal.FILE_REMOVED) {
      return violation(
          "key: added again in state %s (expected: retired because its file was removed)"
              .formatted(known.state()));
    }
    return new Applied(map.with(known.announcedAgain(epoch)));
  }

  private Outcome activated(KnownKey key) {
    if (!maySign(key)) {
      return violation(
          "key: activated in state %s (expected: ANNOUNCED or VERIFY_ONLY)".formatted(key.state()));
    }
    return new Applied(signingWith(map, key));
  }

  private Outcome retired(KnownKey key, KeyRetired retired) {
    var withdrawal =
        switch (retired.getCause()) {
          case CAUSE_FILE_REMOVED -> Withdrawal.FILE_REMOVED;
          // A cause from a newer keystore counts as the stronger one: the key does not come back by
          // itself.
          case CAUSE_COMMAND, CAUSE_UNSPECIFIED, UNRECOGNIZED -> Withdrawal.COMMAND;
        };
    if (!key.verifies()) {
      return violation(
          "key: retired in state %s (expected: one that verifies)".formatted(key.state()));
    }
    return withdrawn(key, withdrawal, retired.hasSuccessorKid() ? retired.getSuccessorKid() : null);
  }

  private Outcome compromised(KnownKey key) {
    var compromised = event.getKeyCompromised();
    return withdrawn(
        key,
        Withdrawal.COMPROMISED,
        compromised.hasSuccessorKid() ? compromised.getSuccessorKid() : null);
  }

  private Outcome withdrawn(KnownKey key, Withdrawal withdrawal, @Nullable Long successorKid) {
    var without = map.with(key.withdrawn(withdrawal, at, epoch));
    if (successorKid == null) {
      return new Applied(without);
    }
    if (key.state() != KeyState.ACTIVE) {
      return new Violation(without, text("successor: of a key that did not sign (expected: none)"));
    }
    return without
        .find(ring, successorKid)
        .filter(Fold::maySign)
        .<Outcome>map(successor -> new Applied(signingWith(without, successor)))
        .orElseGet(
            () ->
                new Violation(
                    without,
                    text(
                        "successor: kid %d cannot sign (expected: ANNOUNCED or VERIFY_ONLY)"
                            .formatted(successorKid))));
  }

  /// At most one key of a ring signs: whoever did before only verifies now.
  private KidMap signingWith(KidMap from, KnownKey key) {
    return from.active(ring)
        .map(former -> from.with(former.replaced(epoch)))
        .orElse(from)
        .with(key.activated(at, epoch));
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

  private static boolean maySign(KnownKey key) {
    return key.state() == KeyState.ANNOUNCED || key.state() == KeyState.VERIFY_ONLY;
  }

  private Violation violation(String text) {
    return new Violation(map, text(text));
  }

  private String text(String text) {
    return "epoch %d, %s/%d: %s".formatted(epoch, ring, kid, text);
  }
}
