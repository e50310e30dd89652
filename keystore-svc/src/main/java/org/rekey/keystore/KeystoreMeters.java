package org.rekey.keystore;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import org.rekey.keystore.files.Rule;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.verifier.map.KeyState;
import org.rekey.verifier.map.KnownKey;

/// What can be read off the running service at any time.
final class KeystoreMeters {
  private KeystoreMeters() {}

  static void bind(
      MeterRegistry meters,
      KeyHistory history,
      Verifiers verifiers,
      List<RingKeeper> rings,
      InstantSource clock) {
    Gauge.builder("rekey.keystore.epoch", history, KeyHistory::head)
        .description("The key log's newest epoch")
        .register(meters);
    Gauge.builder("rekey.keystore.verifiers", verifiers, Verifiers::live)
        .description("Verifiers with a lease")
        .register(meters);
    Gauge.builder("rekey.keystore.propagation.max", verifiers, Verifiers::slowestPropagationSeconds)
        .description("From an event's time to its being applied, by the slowest live verifier")
        .baseUnit("seconds")
        .register(meters);
    for (RingKeeper ring : rings) {
      var name = ring.ring().name();
      Gauge.builder("rekey.keystore.ring.can.sign", ring, r -> r.signing().isPresent() ? 1 : 0)
          .description("1 when the ring has a key that signs")
          .tag("ring", name)
          .register(meters);
      Gauge.builder("rekey.keystore.signing.key.age", history, h -> age(h, name, clock))
          .description("Since the ring's active key began to sign; NaN without one")
          .baseUnit("seconds")
          .tag("ring", name)
          .register(meters);
      for (KeyState state : KeyState.values()) {
        Gauge.builder("rekey.keystore.keys", history, h -> count(h, name, state))
            .description("Keys of the ring in each state")
            .tag("ring", name)
            .tag("state", state.name().toLowerCase(Locale.ROOT))
            .register(meters);
      }
      for (Rule rule : Rule.values()) {
        Gauge.builder("rekey.keystore.findings", ring, r -> count(r, rule))
            .description("Key files that are not as they should be")
            .tag("ring", name)
            .tag("rule", rule.id())
            .register(meters);
      }
    }
  }

  private static double age(KeyHistory history, String ring, InstantSource clock) {
    Instant since = history.map().active(ring).map(KnownKey::activatedAt).orElse(null);
    return since == null ? Double.NaN : Duration.between(since, clock.instant()).toMillis() / 1e3;
  }

  private static double count(KeyHistory history, String ring, KeyState state) {
    return history.map().keys(ring).stream().filter(key -> key.state() == state).count();
  }

  private static double count(RingKeeper ring, Rule rule) {
    return ring.findings().stream().filter(finding -> finding.rule() == rule).count();
  }
}
