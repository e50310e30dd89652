package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.Ring;
import org.rekey.proto.keystore.v1.Verifier;

/// Rings × keys × verifiers as one object.
final class WatchJson {
  private WatchJson() {}

  static ObjectNode of(WatchSample sample) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("at", sample.at().toString()).put("epoch", sample.verifiers().getHeadEpoch());
    ArrayNode rings = json.putArray("rings");
    sample.keys().getRingsList().forEach(ring -> rings.add(ring(sample, ring)));
    ArrayNode verifiers = json.putArray("verifiers");
    sample.verifiers().getVerifiersList().forEach(each -> verifiers.add(verifier(sample, each)));
    return json;
  }

  private static ObjectNode ring(WatchSample sample, Ring ring) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("ring", ring.getName())
        .put("active_kid", ring.hasActiveKid() ? ring.getActiveKid() : null)
        .put("rotates_at", Times.orNull(ring.hasRotatesAt(), ring.getRotatesAt()))
        .put("retire_when_safe", ring.getRetireWhenSafe());
    ring.getNotesList().forEach(json.putArray("notes")::add);
    ArrayNode keys = json.putArray("keys");
    sample.keysOf(ring).forEach(key -> keys.add(key(sample, key)));
    return json;
  }

  private static ObjectNode key(WatchSample sample, Key key) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("kid", key.getKid())
        .put("state", Keys.state(key.getState()))
        .put("alg", key.getAlg())
        .put("held", key.getHeld())
        .put("retires_when_safe", key.getRetiresWhenSafe());
    json.set("live", key.hasUsage() ? UsageView.of(key.getUsage()).json() : null);
    var rate = sample.rates().of(Keys.id(key));
    json.put("accepted_per_second", rate.isPresent() ? rate.getAsDouble() : null);
    ArrayNode acked = json.putArray("acked_by");
    ArrayNode missing = json.putArray("missing");
    sample
        .live()
        .forEach(each -> (WatchSample.hasAcked(each, key) ? acked : missing).add(each.getName()));
    return json;
  }

  private static ObjectNode verifier(WatchSample sample, Verifier verifier) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    Duration silent = Duration.between(Times.instant(verifier.getReportedAt()), sample.at());
    return json.put("verifier", verifier.getName())
        .put("caller", verifier.getCaller())
        .put("live", verifier.getLive())
        .put("diverged", verifier.getDiverged())
        .put("epoch", verifier.getEpoch())
        .put("behind", Math.max(0, sample.verifiers().getHeadEpoch() - verifier.getEpoch()))
        .put("silent_ms", Math.max(0, silent.toMillis()))
        .put(
            "propagation_ms",
            verifier.hasPropagation()
                ? Times.duration(verifier.getPropagation()).toMillis()
                : null);
  }
}
