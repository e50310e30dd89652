package org.rekey.keystore.plan;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.testkit.KeyFiles;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KnownKey;
import org.rekey.verifier.map.Purpose;

/// Kid 7 of `useradm` in any state, and what may hang on it.
final class TestKey {
  static final Instant ADDED = Instant.parse("2026-01-01T00:00:00Z");
  static final RetirementPlan.Bounds BOUNDS =
      new RetirementPlan.Bounds(Duration.ofSeconds(25), Duration.ofSeconds(30));

  private static final java.security.PublicKey PUBLIC = KeyFiles.ed25519().getPublic();

  private TestKey() {}

  static KnownKey in(KeyLife life, boolean held) {
    return new KnownKey(
        "useradm",
        7,
        life,
        Alg.EDDSA,
        PUBLIC,
        "thumbprint",
        "mender.useradm",
        Purpose.USER,
        ADDED,
        held,
        1);
  }

  static KnownKey announced() {
    return in(new KeyLife.Announced(null, null), false);
  }

  static KnownKey verifyOnlySince(Instant replaced) {
    return in(new KeyLife.VerifyOnly(ADDED, replaced), false);
  }

  static TokenUsage usage(long sessions, @Nullable Instant lastExpiry, boolean neverExpires) {
    return new TokenUsage(
        "useradm",
        7,
        sessions,
        0,
        0,
        lastExpiry,
        neverExpires,
        Math.min(sessions, 1),
        List.of(),
        false);
  }
}
