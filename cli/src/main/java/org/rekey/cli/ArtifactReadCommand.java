package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.rekey.artifact.Artifact;
import org.rekey.artifact.Inspection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey artifact read`.
@Command(
    name = "read",
    description = {
      "Shows what is in an artifact, after all of it has been checked.",
      "Whether its signature is good is not said here: see rekey artifact verify."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Whole.",
      "1:It could not be read; the line on standard error says why.",
      "2:Wrongly called.",
      "3:Damaged."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey artifact read release-7.mender",
      "  rekey artifact read release-7.mender --json"
    })
final class ArtifactReadCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private ArtifactFile file = new ArtifactFile();

  @Option(names = "--json", description = "Print an object.")
  private boolean isJson;

  ArtifactReadCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    return switch (file.inspect(console)) {
      case Inspection.Damaged(var rule, String message) -> {
        if (isJson) {
          console.json(
              JsonNodeFactory.instance
                  .objectNode()
                  .put("file", file.path().toString())
                  .put("verdict", "damaged")
                  .put("rule", rule.id())
                  .put("message", message));
        } else {
          console
              .err()
              .println("%s %s: %s: %s".formatted(console.cross(), file.path(), rule.id(), message));
        }
        yield ArtifactVerifyCommand.DAMAGED;
      }
      case Inspection.Sound(Artifact artifact) -> {
        if (isJson) {
          console.json(json(artifact));
        } else {
          print(artifact);
        }
        yield 0;
      }
    };
  }

  private void print(Artifact artifact) {
    line("name", artifact.name());
    line("format", "mender " + artifact.version());
    line("signature", artifact.signature().isPresent() ? "there, not judged" : "none");
    line("device types", artifact.deviceTypes());
    if (artifact.group() != null) {
      line("group", artifact.group());
    }
    line("depends on", artifact.dependsOnNames());
    line("of groups", artifact.dependsOnGroups());
    line("scripts", artifact.scripts());
    line("manifest", artifact.manifest().sha256());
    if (artifact.isAugmented()) {
      line("augmented", "yes; no signature covers that part");
    }
    int index = 0;
    for (Artifact.Payload payload : artifact.payloads()) {
      console.line("");
      line("payload", index++ + ": " + (payload.type() == null ? "none" : payload.type()));
      new TreeMap<>(payload.provides())
          .forEach((key, value) -> line("provides", key + ": " + value));
      new TreeMap<>(payload.depends()).forEach((key, value) -> line("depends", key + ": " + value));
      line("clears", payload.clears());
      for (Artifact.PayloadFile each : payload.files()) {
        line(
            "file",
            "%s  %d bytes  %s  sha256 %s"
                .formatted(each.name(), each.size(), each.modified(), each.sha256()));
      }
    }
  }

  private void line(String name, List<String> values) {
    if (!values.isEmpty()) {
      line(name, String.join(", ", values));
    }
  }

  private void line(String name, String value) {
    console.line("%-13s %s".formatted(name, Plain.line(value)));
  }

  private ObjectNode json(Artifact artifact) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("file", file.path().toString())
        .put("verdict", "whole")
        .put("name", artifact.name())
        .put("format", artifact.version())
        .put("signed", artifact.signature().isPresent())
        .put("augmented", artifact.isAugmented())
        .put("group", artifact.group())
        .put("manifest_sha256", artifact.manifest().sha256());
    artifact.deviceTypes().forEach(json.putArray("device_types")::add);
    artifact.dependsOnNames().forEach(json.putArray("depends_on_names")::add);
    artifact.dependsOnGroups().forEach(json.putArray("depends_on_groups")::add);
    artifact.scripts().forEach(json.putArray("scripts")::add);
    var payloads = json.putArray("payloads");
    for (Artifact.Payload payload : artifact.payloads()) {
      ObjectNode one = payloads.addObject().put("type", payload.type());
      ObjectNode provides = one.putObject("provides");
      new TreeMap<>(payload.provides()).forEach(provides::put);
      ObjectNode depends = one.putObject("depends");
      new TreeMap<>(payload.depends()).forEach(depends::put);
      payload.clears().forEach(one.putArray("clears")::add);
      var files = one.putArray("files");
      for (Artifact.PayloadFile each : payload.files()) {
        files
            .addObject()
            .put("name", each.name())
            .put("size", each.size())
            .put("modified", each.modified().toString())
            .put("sha256", each.sha256());
      }
    }
    return json;
  }
}
