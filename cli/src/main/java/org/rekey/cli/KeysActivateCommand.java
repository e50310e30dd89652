package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.ActivateKeyResponse;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `rekey keys activate`.
@Command(
    name = "activate",
    description = {
      "Makes a key the one that signs, once every live verifier has it.",
      "The key that signed before goes on verifying."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys activate 5539",
      "  rekey keys activate 5539 --wait 30s",
      "  rekey keys activate 5539 --override --reason \"useradm-7f3c is being replaced\""
    })
final class KeysActivateCommand implements Runnable {
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final Console console;
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private DataOption data = new DataOption();
  @Mixin private Ring.One ring = new Ring.One();

  @Parameters(paramLabel = "KID", converter = KidConverter.class, description = "The key's id.")
  private long kid;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      defaultValue = "5s",
      converter = Time.class,
      description =
          "How long to wait for verifiers, e.g. 500ms, 5s, 2m (default: ${DEFAULT-VALUE}).")
  private Duration wait = Duration.ofSeconds(5);

  @Option(
      names = "--override",
      description = "Go ahead although verifiers don't have the key; needs --reason.")
  private boolean isOverride;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the key log.")
  private String reason = "";

  @Option(names = "--json", description = "Print the key as JSON.")
  private boolean isJson;

  KeysActivateCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    if (isOverride && reason.isBlank()) {
      throw new ParameterException(
          spec.commandLine(), "--reason: missing (expected with --override)");
    }
    if (wait.compareTo(LONGEST) > 0) {
      throw new ParameterException(
          spec.commandLine(), "--wait: %s (expected: at most 10m)".formatted(wait));
    }
    ActivateKeyRequest request =
        ActivateKeyRequest.newBuilder()
            .setRing(ring.name())
            .setKid(kid)
            .setReason(reason)
            .setOverride(isOverride)
            .setWait(
                com.google.protobuf.Duration.newBuilder()
                    .setSeconds(wait.toSeconds())
                    .setNanos(wait.toNanosPart()))
            .build();
    try (Operator operator = Operator.of(data.directory())) {
      ActivateKeyResponse answer = operator.keys(wait.toSeconds()).activateKey(request);
      if (isJson) {
        ObjectNode json = Keys.json(answer.getKey());
        answer.getOverriddenList().forEach(json.putArray("overridden")::add);
        console.json(json);
        return;
      }
      console.line(Keys.one(console, answer.getKey()));
      if (answer.getOverriddenCount() > 0) {
        console.warn(
            "these verifiers do not have it yet: " + String.join(", ", answer.getOverriddenList()));
      }
    }
  }

  /// `500ms`, `5s`, `2m`.
  static final class Time implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      if (!text.matches("[0-9]{1,9}(ms|s|m)")) {
        throw new TypeConversionException(text + " (expected: a time such as 500ms, 5s or 2m)");
      }
      String iso = text.endsWith("ms") ? null : "PT" + text;
      return iso == null
          ? Duration.ofMillis(Long.parseLong(text.replace("ms", "")))
          : Duration.parse(iso);
    }
  }
}
