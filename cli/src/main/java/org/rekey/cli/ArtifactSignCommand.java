package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rekey.artifact.Artifact;
import org.rekey.artifact.ArtifactKey;
import org.rekey.artifact.ArtifactSigning;
import org.rekey.artifact.SigningOutcome;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.SignManifestRequest;
import org.rekey.proto.keystore.v1.SignManifestResponse;
import org.rekey.verifier.map.KnownKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey artifact sign`.
@Command(
    name = "sign",
    description = {
      "Checks an artifact, has the keystore sign its manifest, and puts manifest.sig in its place.",
      "Nothing else in the file changes. It is replaced at once when all is done: a crash leaves it",
      "as it was. Who had it signed, and when, goes into the key log (see: rekey keys log artifact)."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Signed.",
      "1:Not done; the line on standard error says why. The file is as it was.",
      "2:Wrongly called.",
      "3:The artifact is damaged, and was not signed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey artifact sign release-7.mender",
      "  rekey artifact sign release-7.mender --kid 1 --output signed.mender",
      "  rekey artifact sign release-7.mender --force --reason 'new key'"
    })
final class ArtifactSignCommand implements java.util.concurrent.Callable<Integer> {
  private static final int LONGEST_NAME = 256;

  private final Console console;
  @Mixin private DataOption data = new DataOption();
  @Mixin private ArtifactFile file = new ArtifactFile();

  @Option(
      names = "--kid",
      paramLabel = "N",
      converter = KidConverter.class,
      description = "The key, which must sign or have signed (default: the active one).")
  private @Nullable Long kid;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Write the signed artifact there (default: in place of the artifact).")
  private @Nullable Path output;

  @Option(names = "--force", description = "Replace a signature that is there.")
  private boolean isForced;

  @Mixin private ReasonOption reason = new ReasonOption();

  @Option(names = "--json", description = "Print an object.")
  private boolean isJson;

  ArtifactSignCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    try (Operator operator = Operator.of(data.directory())) {
      KnownKey known = key(operator);
      ArtifactKey key;
      try {
        key = ArtifactKey.of(known.publicKey());
      } catch (IllegalArgumentException e) {
        throw new CommandFailed(
            "kid %d of artifact is %s; rekey keys generate artifact --type rsa-3072 makes one"
                .formatted(known.kid(), e.getMessage()));
      }
      return sign(operator, known, key);
    }
  }

  private KnownKey key(Operator operator) {
    var map = operator.log().head();
    return (kid == null ? map.active(RingTrust.RING) : map.find(RingTrust.RING, kid))
        .orElseThrow(
            () ->
                new CommandFailed(
                    kid == null
                        ? "ring artifact has no active key (make one: rekey keys generate artifact --type rsa-3072 --activate)"
                        : "kid %d: no such key in ring artifact (see: rekey keys list artifact)"
                            .formatted(kid)));
  }

  private int sign(Operator operator, KnownKey known, ArtifactKey key) {
    var progress = new ByteProgress(console, file.size(), System::nanoTime);
    var answer = new SignManifestResponse[1];
    SigningOutcome outcome;
    Path target = output == null ? file.path() : output;
    try {
      outcome =
          new ArtifactSigning(file.limits(), progress::at)
              .sign(
                  file.path(),
                  target,
                  key,
                  isForced,
                  artifact -> {
                    answer[0] = operator.signer().signManifest(request(artifact, known));
                    return answer[0].getSignature();
                  });
    } catch (IOException e) {
      throw file.unreadable(e);
    } finally {
      progress.end();
    }
    return switch (outcome) {
      case SigningOutcome.Signed(Artifact artifact) -> {
        report(target, artifact, key, answer[0]);
        yield 0;
      }
      case SigningOutcome.Damaged(var rule, String message) -> {
        console
            .err()
            .println("%s %s: %s: %s".formatted(console.cross(), file.path(), rule.id(), message));
        yield ArtifactVerifyCommand.DAMAGED;
      }
      case SigningOutcome.SignedAlready() ->
          throw new CommandFailed(
              file.path() + ": is signed already (--force replaces the signature)");
      case SigningOutcome.WrongSignature(String why) ->
          throw new CommandFailed("the keystore gave no good signature: " + why);
    };
  }

  private SignManifestRequest request(Artifact artifact, KnownKey known) {
    String name = artifact.name();
    return SignManifestRequest.newBuilder()
        .setManifest(com.google.protobuf.ByteString.copyFrom(artifact.manifest().bytes()))
        .setKid(known.kid())
        .setArtifact(name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name)
        .setReason(reason.text())
        .build();
  }

  private void report(
      Path target, Artifact artifact, ArtifactKey key, SignManifestResponse answer) {
    if (isJson) {
      console.json(
          JsonNodeFactory.instance
              .objectNode()
              .put("file", target.toString())
              .put("artifact", artifact.name())
              .put("kid", answer.getKid())
              .put("type", key.type())
              .put("epoch", answer.getEpoch())
              .put("manifest_sha256", artifact.manifest().sha256()));
    } else {
      console.line(
          "%s %s: %s signed by kid %d of artifact (%s), event %d of the key log"
              .formatted(
                  console.check(),
                  target,
                  Plain.text(artifact.name()),
                  answer.getKid(),
                  key.type(),
                  answer.getEpoch()));
    }
  }
}
