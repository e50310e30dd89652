package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import org.rekey.artifact.ArtifactKey;
import org.rekey.cli.client.Operator;
import org.rekey.verifier.map.KeyState;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `rekey artifact public-key`.
@Command(
    name = "public-key",
    description = {
      "Prints public keys of the ring artifact as PEM, one after the other, as devices want them:",
      "one for ArtifactVerifyKey, several files or one with several keys for an overlap."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey artifact public-key 1 > artifact-verify-key.pem",
      "  rekey artifact public-key 1 2            the old and the new one",
      "  rekey artifact public-key                all that verify now"
    })
final class ArtifactPublicKeyCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Parameters(
      arity = "0..*",
      paramLabel = "KID",
      converter = KidConverter.class,
      description = "Which keys, in this order (default: all that verify now).")
  private List<Long> kids = List.of();

  @Option(names = "--json", description = "Print an array of objects.")
  private boolean isJson;

  ArtifactPublicKeyCommand(Console console) {
    this.console = console;
  }

  private record Printed(KnownKey known, ArtifactKey key) {}

  @Override
  public void run() {
    KidMap map;
    try (Operator operator = Operator.of(data.directory())) {
      map = operator.log().head();
    }
    List<Printed> keys = new ArrayList<>();
    for (KnownKey known : chosen(map)) {
      try {
        keys.add(new Printed(known, ArtifactKey.of(known.publicKey())));
      } catch (IllegalArgumentException e) {
        throw new CommandFailed(
            "kid %d of artifact is %s".formatted(known.kid(), e.getMessage()), e);
      }
    }
    if (isJson) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      for (Printed each : keys) {
        array
            .addObject()
            .put("kid", each.known().kid())
            .put("state", each.known().state().name())
            .put("type", each.key().type())
            .put("thumbprint", each.known().thumbprint())
            .put("pem", each.key().toPem());
      }
      console.json(array);
    } else {
      keys.forEach(each -> console.line(each.key().toPem().stripTrailing()));
    }
  }

  private List<KnownKey> chosen(KidMap map) {
    if (kids.isEmpty()) {
      return map.keys(RingTrust.RING).stream().filter(KnownKey::verifies).toList();
    }
    return kids.stream().map(kid -> chosen(map, kid)).toList();
  }

  private KnownKey chosen(KidMap map, long kid) {
    KnownKey key =
        map.find(RingTrust.RING, kid)
            .orElseThrow(
                () ->
                    new CommandFailed(
                        "kid %d: no such key in ring artifact (see: rekey keys list artifact)"
                            .formatted(kid)));
    if (key.state() == KeyState.COMPROMISED) {
      throw new CommandFailed(
          "kid %d: found compromised; no device should trust it (see: rekey keys list artifact)"
              .formatted(kid));
    }
    if (key.state() == KeyState.RETIRED) {
      console.warn("kid %d is retired".formatted(kid));
    }
    return key;
  }
}
