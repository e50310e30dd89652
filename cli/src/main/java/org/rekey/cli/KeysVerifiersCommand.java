package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Collectors;
import org.rekey.cli.client.Operator;
import org.rekey.cli.client.VerifierMap;
import org.rekey.verifier.map.KnownKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey keys verifiers`.
@Command(
    name = "verifiers",
    description = {
      "Who follows the key log, and which keys each of them has.",
      "A verifier acknowledges an event of the log and sends a hash of its keys; the keys shown are",
      "those that follow from the log up to there, if the hash proves it."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  rekey keys verifiers", "  rekey keys verifiers --json"})
final class KeysVerifiersCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Option(names = "--json", description = "Print an array of objects.")
  private boolean isJson;

  KeysVerifiersCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    List<VerifierMap> verifiers;
    try (Operator operator = Operator.of(data.directory())) {
      verifiers = operator.verifiers();
    }
    if (isJson) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      verifiers.forEach(verifier -> array.add(json(verifier)));
      console.json(array);
      return;
    }
    if (verifiers.isEmpty()) {
      console.line("no verifier has reported yet");
      return;
    }
    Table table = new Table("VERIFIER", "LIVE", "EPOCH", "BEHIND", "TOOK", "REPORTED", "KEYS");
    for (VerifierMap each : verifiers) {
      table.row(
          each.reported().getName(),
          each.reported().getLive() ? "yes" : console.red("no"),
          Long.toString(each.reported().getEpoch()),
          each.behind() == 0 ? "-" : console.yellow(Long.toString(each.behind())),
          each.reported().hasPropagation() ? each.propagationMillis() + " ms" : "",
          Times.toTheSecond(each.reported().getReportedAt()),
          each.isProven() ? keys(each) : console.red("not those of the log"));
    }
    table.print(console);
  }

  /// `useradm 0 5539, deviceauth 0`: by ring, those that verify.
  static String keys(VerifierMap verifier) {
    return verifier.map().keys().stream()
        .filter(KnownKey::verifies)
        .collect(
            Collectors.groupingBy(
                KnownKey::ring,
                java.util.TreeMap::new,
                Collectors.mapping(key -> Long.toString(key.kid()), Collectors.joining(" "))))
        .entrySet()
        .stream()
        .map(ring -> ring.getKey() + " " + ring.getValue())
        .collect(Collectors.joining(", "));
  }

  private static ObjectNode json(VerifierMap verifier) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("verifier", verifier.reported().getName())
        .put("caller", verifier.reported().getCaller())
        .put("live", verifier.reported().getLive())
        .put("epoch", verifier.reported().getEpoch())
        .put("behind", verifier.behind())
        .put("reported_at", Times.exact(verifier.reported().getReportedAt()))
        .put("is_map_proven", verifier.isProven());
    if (verifier.reported().hasPropagation()) {
      json.put("propagation_ms", verifier.propagationMillis());
    }
    verifier.reported().getAlgsList().forEach(json.putArray("algs")::add);
    ArrayNode keys = json.putArray("keys");
    if (verifier.isProven()) {
      verifier.map().keys().stream()
          .filter(KnownKey::verifies)
          .forEach(
              key ->
                  keys.addObject()
                      .put("ring", key.ring())
                      .put("kid", key.kid())
                      .put("state", key.state().name())
                      .put("alg", key.alg().jwsName()));
    }
    return json;
  }
}
