package org.rekey.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.GenerateKeyRequest;
import org.rekey.proto.keystore.v1.Key;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `rekey keys generate`.
@Command(
    name = "generate",
    description = {
      "Makes a private key and announces it to all verifiers.",
      "Its file is written into the ring's directory, and never leaves it.",
      "It signs nothing until it is activated."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys generate                      the next free kid, RSA of 2048 bits",
      "  rekey keys generate 5539 --type ed25519 --activate",
      "  rekey keys generate --ring deviceauth --type p-256"
    })
final class KeysGenerateCommand implements Runnable {
  private static final List<String> TYPES =
      List.of(
          "rsa-2048",
          "rsa-3072",
          "rsa-4096",
          "p-256",
          "p-384",
          "p-521",
          "ed25519",
          "ml-dsa-44",
          "ml-dsa-65",
          "ml-dsa-87");

  private final Console console;
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private DataOption data = new DataOption();
  @Mixin private Ring.One ring = new Ring.One();

  @Parameters(
      arity = "0..1",
      paramLabel = "KID",
      converter = KidConverter.class,
      description = "The key's id (default: one more than the highest that ever was).")
  private @Nullable Long kid;

  @Option(
      names = "--kid",
      paramLabel = "N",
      converter = KidConverter.class,
      description = "The same as KID.")
  private @Nullable Long kidOption;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      defaultValue = "rsa-2048",
      description =
          "rsa-2048, rsa-3072, rsa-4096, p-256, p-384, p-521, ed25519, ml-dsa-44, ml-dsa-65"
              + " or ml-dsa-87 (default: ${DEFAULT-VALUE}).")
  private String type = "rsa-2048";

  @Option(names = "--activate", description = "Let it sign as soon as every verifier has it.")
  private boolean isActivated;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the key log.")
  private String reason = "";

  @Option(names = "--json", description = "Print the key as JSON.")
  private boolean isJson;

  KeysGenerateCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    if (kid != null && kidOption != null) {
      throw new ParameterException(spec.commandLine(), "--kid: KID is given already");
    }
    if (!TYPES.contains(type)) {
      throw new ParameterException(
          spec.commandLine(),
          "--type: %s (expected: one of %s)".formatted(type, String.join(", ", TYPES)));
    }
    Long chosen = kid == null ? kidOption : kid;
    GenerateKeyRequest.Builder request =
        GenerateKeyRequest.newBuilder().setRing(ring.name()).setType(type).setReason(reason);
    if (chosen != null) {
      request.setKid(chosen);
    }
    try (Operator operator = Operator.of(data.directory())) {
      Key key = operator.keys().generateKey(request.build()).getKey();
      if (isActivated) {
        key =
            operator
                .keys()
                .activateKey(
                    ActivateKeyRequest.newBuilder()
                        .setRing(key.getRing())
                        .setKid(key.getKid())
                        .setReason(reason)
                        .build())
                .getKey();
      }
      if (isJson) {
        console.json(Keys.json(key));
      } else {
        console.line(Keys.one(console, key));
        console.line("  " + key.getFile());
      }
    }
  }
}
