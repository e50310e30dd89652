package org.rekey.keystore.plan;

import java.time.Instant;
import java.util.Comparator;
import java.util.function.LongPredicate;
import org.rekey.keystore.key.KeyType;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;

/// The next step of a ring that turns its keys by itself. Derived from the key log each time and
/// remembered nowhere: a keystore that dies between two steps, or another one, goes on from what
/// the log says.
public sealed interface RotationPlan {
  /// No key signs: whose time is over cannot be said, and which key takes over is for people.
  record NoActiveKey() implements RotationPlan {}

  record NotDue(Instant dueAt) implements RotationPlan {}

  /// It is due, and these are quiet hours.
  record Quiet(Instant dueAt, Instant until) implements RotationPlan {}

  /// Make a successor and announce it.
  record Announce(Instant dueAt, KnownKey active, KeyType type) implements RotationPlan {}

  /// Let the successor sign, once it is acked.
  record Activate(Instant dueAt, KnownKey active, long kid) implements RotationPlan {}

  /// A successor is any announced key that can sign: one that people have put there goes before one
  /// that would be made. The newest, if there are several.
  ///
  /// @param canSign whether the private key of a kid is at hand
  static RotationPlan of(
      KidMap map, String ring, RotationRules rules, LongPredicate canSign, Instant now) {
    var active = map.active(ring);
    if (active.isEmpty() || !(active.get().life() instanceof KeyLife.Active life)) {
      return new NoActiveKey();
    }
    var due = rules.dueAt(active.get(), life.activatedAt());
    if (now.isBefore(due)) {
      return new NotDue(due);
    }
    var quiet = rules.quiet().until(now);
    if (quiet.isPresent()) {
      return new Quiet(due, quiet.get());
    }
    return map.keys(ring).stream()
        .filter(key -> key.life() instanceof KeyLife.Announced && canSign.test(key.kid()))
        .max(Comparator.comparingLong(KnownKey::epoch))
        .<RotationPlan>map(key -> new Activate(due, active.get(), key.kid()))
        .orElseGet(
            () ->
                new Announce(
                    due,
                    active.get(),
                    rules.type().orElseGet(() -> KeyType.like(active.get().publicKey()))));
  }
}
