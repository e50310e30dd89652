package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.rekey.artifact.Artifact;
import org.rekey.artifact.ArtifactKey;
import org.rekey.artifact.Inspection;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.verifier.map.KnownKey;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey artifact verify`.
@Command(
    name = "verify",
    description = {
      "Reads all of an artifact, and says whether it is whole and who has signed it.",
      "With --key nothing else is needed. With --kid and --any the key log decides: a key in use is",
      "trusted, a retired one for what the log says it signed while it could, a compromised one not."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Whole, and signed by a trusted key.",
      "1:It could not be checked; the line on standard error says why.",
      "2:Wrongly called.",
      "3:Damaged.",
      "4:Not signed.",
      "5:Signed, but not by a trusted key."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey artifact verify release-7.mender --key artifact-verify-key.pem",
      "  rekey artifact verify release-7.mender --kid 1",
      "  rekey artifact verify release-7.mender --any --json"
    })
final class ArtifactVerifyCommand implements Callable<Integer> {
  static final int DAMAGED = 3;
  private static final int UNSIGNED = 4;
  private static final int UNTRUSTED = 5;

  private final Console console;
  @Mixin private DataOption data = new DataOption();
  @Mixin private ArtifactFile file = new ArtifactFile();

  @ArgGroup(multiplicity = "1")
  private By by = new By();

  @Option(names = "--json", description = "Print an object.")
  private boolean isJson;

  /// Exactly one of them.
  static final class By {
    @Option(
        names = "--key",
        paramLabel = "FILE",
        description = "Public keys, PEM; one of them must have signed. May be given again.")
    private List<Path> keys = List.of();

    @Option(
        names = "--kid",
        paramLabel = "N",
        converter = KidConverter.class,
        description = "A key of the ring artifact, as the key log of the instance has it.")
    private @Nullable Long kid;

    @Option(names = "--any", description = "Any key of the ring artifact.")
    private boolean isAny;
  }

  ArtifactVerifyCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    // What is wrong with the question is said before gigabytes are read.
    List<ArtifactKey> keys =
        by.keys.stream().flatMap(each -> ArtifactKeys.read(each).stream()).toList();
    RingTrust trust = by.keys.isEmpty() ? trust() : null;
    return switch (file.inspect(console)) {
      case Inspection.Damaged(var rule, String message) ->
          answer(DAMAGED, "damaged", node().put("rule", rule.id()), rule.id() + ": " + message);
      case Inspection.Sound(Artifact artifact) when artifact.signature().isEmpty() ->
          answer(UNSIGNED, "unsigned", node(artifact), "whole, but not signed");
      case Inspection.Sound(Artifact artifact) ->
          trust == null
              ? judged(artifact, keys, artifact.signature().orElseThrow())
              : judged(
                  artifact,
                  trust.judge(
                      artifact, artifact.signature().orElseThrow(), by.isAny ? null : by.kid));
    };
  }

  private RingTrust trust() {
    try (Operator operator = Operator.of(data.directory())) {
      return new RingTrust(operator.log());
    }
  }

  private int judged(Artifact artifact, List<ArtifactKey> keys, String signature) {
    String why = "";
    for (ArtifactKey key : keys) {
      var problem = key.problem(artifact.manifest(), signature);
      if (problem.isEmpty()) {
        return answer(
            0,
            "good",
            node(artifact).put("type", key.type()),
            "%s, signed by the given key (%s)".formatted(whole(artifact), key.type()));
      }
      why = problem.get();
    }
    return answer(
        UNTRUSTED,
        "untrusted",
        node(artifact),
        keys.size() == 1
            ? why
            : "none of the %d given keys has made the signature".formatted(keys.size()));
  }

  private int judged(Artifact artifact, RingTrust.Verdict verdict) {
    return switch (verdict) {
      case RingTrust.Verdict.Trusted(KnownKey key, KeyEvent entry) ->
          answer(0, "good", node(artifact, key, entry), text(artifact, key, entry));
      case RingTrust.Verdict.Refused(String why) ->
          answer(UNTRUSTED, "untrusted", node(artifact), why);
    };
  }

  private static String text(Artifact artifact, KnownKey key, @Nullable KeyEvent entry) {
    String by =
        "%s, signed by kid %d of artifact (%s)".formatted(whole(artifact), key.kid(), key.state());
    return entry == null
        ? by + "; the key log does not say when: it was signed elsewhere"
        : by
            + ", on %s for %s (event %d of the key log)"
                .formatted(
                    Times.exact(entry.getAt()), Plain.text(entry.getActor()), entry.getEpoch());
  }

  private static String whole(Artifact artifact) {
    return artifact.isAugmented()
        ? "whole (with an augmented part, which no signature covers)"
        : "whole";
  }

  private int answer(int code, String verdict, ObjectNode json, String message) {
    if (isJson) {
      console.json(json.put("verdict", verdict).put("message", message));
    } else {
      String line =
          "%s %s: %s"
              .formatted(code == 0 ? console.check() : console.cross(), file.path(), message);
      (code == 0 ? console.out() : console.err()).println(line);
    }
    return code;
  }

  private ObjectNode node() {
    return JsonNodeFactory.instance.objectNode().put("file", file.path().toString());
  }

  private ObjectNode node(Artifact artifact) {
    return node()
        .put("artifact", artifact.name())
        .put("augmented", artifact.isAugmented())
        .put("manifest_sha256", artifact.manifest().sha256());
  }

  private ObjectNode node(Artifact artifact, KnownKey key, @Nullable KeyEvent entry) {
    ObjectNode json = node(artifact).put("kid", key.kid()).put("state", key.state().name());
    return entry == null
        ? json
        : json.put("signed_at", Times.exact(entry.getAt()))
            .put("signed_for", entry.getActor())
            .put("epoch", entry.getEpoch());
  }
}
