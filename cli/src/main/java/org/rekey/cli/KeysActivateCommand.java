package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.ActivateKeyResponse;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `rekey keys activate`.
@Command(
    name = "activate",
    description = {
      "Makes a key the one that signs, once every live verifier has it.",
      "Shows who has and who has not while it waits, and goes on by itself as soon as all have.",
      "The key that signed before goes on verifying. Ctrl-C while it waits changes nothing."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys activate 5539",
      "  rekey keys activate deviceauth 7 --wait 2m",
      "  rekey keys activate 5539 --override --reason \"useradm-7f3c is being replaced\""
    })
final class KeysActivateCommand implements Runnable {
  private static final Duration OVERRIDE_WAIT = Duration.ofSeconds(5);

  private final Console console;
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private DataOption data = new DataOption();
  @Mixin private KeyArgument key = new KeyArgument();

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description =
          "How long to wait for verifiers, e.g. 500ms, 5s, 2m (default: 30s; with --override 5s).")
  private @Nullable Duration wait;

  @Option(
      names = "--override",
      description = "After that, go on without verifiers that don't have the key; needs --reason.")
  private boolean isOverride;

  @Mixin private ReasonOption reason = new ReasonOption();

  @Option(names = "--json", description = "Print the key as JSON, and nothing else.")
  private boolean isJson;

  KeysActivateCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    KeyId id = key.id();
    if (isOverride) {
      reason.mustBeGiven("with --override");
    }
    Duration patience =
        WaitOption.checked(
            spec, wait == null ? (isOverride ? OVERRIDE_WAIT : WaitOption.DEFAULT) : wait);
    String again = data.with("rekey keys activate " + id.asTyped());
    try (Operator operator = Operator.of(data.directory())) {
      ActivateKeyResponse answer =
          new Activation(operator, console, InstantSource.system(), isJson, again)
              .run(id, patience, isOverride, reason.text());
      if (isJson) {
        ObjectNode json = Keys.json(answer.getKey());
        answer.getOverriddenList().forEach(json.putArray("overridden")::add);
        console.json(json);
        return;
      }
      console.line(Keys.one(console, answer.getKey()));
      if (answer.getOverriddenCount() > 0) {
        console.warn(
            "these verifiers do not have it yet: "
                + Plain.line(String.join(", ", answer.getOverriddenList())));
      }
    }
  }
}
