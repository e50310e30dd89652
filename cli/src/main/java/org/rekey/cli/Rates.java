package org.rekey.cli;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.rekey.proto.keystore.v1.KidVerdicts;
import org.rekey.proto.keystore.v1.Verifier;

/// How many tokens are accepted per second, by key: from the counts in the two newest reports of
/// each verifier, over the time between these two. Reports come seldom, so that counting between
/// two looks would give nothing, nothing, three times too much.
///
/// @param newest by the name of the verifier
/// @param perSecond by the same; without those that have reported only once
record Rates(Map<String, Verifier> newest, Map<String, Map<KeyId, Double>> perSecond) {
  static final Rates NONE = new Rates(Map.of(), Map.of());

  Rates {
    newest = Map.copyOf(newest);
    perSecond = Map.copyOf(perSecond);
  }

  /// With a further look at all reports; those who have gone are forgotten.
  Rates after(List<Verifier> reported) {
    Map<String, Verifier> now = new HashMap<>();
    Map<String, Map<KeyId, Double>> rates = new HashMap<>();
    for (Verifier each : reported) {
      if (!each.getLive()) {
        continue;
      }
      Verifier before = newest.get(each.getName());
      now.put(each.getName(), each);
      if (before == null) {
        continue;
      }
      if (!before.getReportedAt().equals(each.getReportedAt())) {
        rates.put(each.getName(), between(before, each));
      } else if (perSecond.containsKey(each.getName())) {
        rates.put(each.getName(), perSecond.getOrDefault(each.getName(), Map.of()));
      }
    }
    return new Rates(now, rates);
  }

  private static Map<KeyId, Double> between(Verifier before, Verifier now) {
    Map<KeyId, Long> counts = new HashMap<>();
    before.getVerdictsList().forEach(each -> counts.put(id(each), each.getAccepted()));
    double seconds =
        Duration.between(Times.instant(before.getReportedAt()), Times.instant(now.getReportedAt()))
                .toNanos()
            / 1e9;
    Map<KeyId, Double> rates = new HashMap<>();
    for (KidVerdicts each : now.getVerdictsList()) {
      long more = each.getAccepted() - counts.getOrDefault(id(each), 0L);
      if (more >= 0 && seconds > 0) {
        rates.put(id(each), more / seconds);
      }
    }
    return Map.copyOf(rates);
  }

  private static KeyId id(KidVerdicts verdicts) {
    return new KeyId(verdicts.getRing(), verdicts.getKid());
  }

  /// Whether each of these has reported twice.
  boolean areKnownOf(List<Verifier> reported) {
    return reported.stream()
        .filter(Verifier::getLive)
        .allMatch(each -> perSecond.containsKey(each.getName()));
  }

  /// Empty when nobody has reported twice.
  OptionalDouble of(KeyId key) {
    return perSecond.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(
            perSecond.values().stream().mapToDouble(rates -> rates.getOrDefault(key, 0.0)).sum());
  }
}
