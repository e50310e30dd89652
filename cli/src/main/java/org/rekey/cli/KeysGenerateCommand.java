package org.rekey.cli;

import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.GenerateKeyRequest;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.ListKeysRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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
      "  rekey keys generate                      the next free kid, of the type in use",
      "  rekey keys generate 5539 --type ed25519 --activate",
      "  rekey keys generate deviceauth --type p-256"
    })
final class KeysGenerateCommand implements Runnable {
  private final Console console;
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private DataOption data = new DataOption();
  @Mixin private PerhapsKeyArgument argument = new PerhapsKeyArgument();

  @Option(
      names = "--kid",
      paramLabel = "N",
      converter = KidConverter.class,
      description = "The same as KID.")
  private @Nullable Long kidOption;

  @Mixin private TypeOption type = new TypeOption();

  @Option(names = "--activate", description = "Let it sign as soon as every verifier has it.")
  private boolean isActivated;

  @Mixin private ReasonOption reason = new ReasonOption();

  @Option(names = "--json", description = "Print the key as JSON.")
  private boolean isJson;

  KeysGenerateCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    String ring = argument.ring();
    Long kid = argument.kid();
    if (kid != null && kidOption != null) {
      throw new ParameterException(spec.commandLine(), "--kid: KID is given already");
    }
    type.mustBeKnown();
    Long chosen = kid == null ? kidOption : kid;
    try (Operator operator = Operator.of(data.directory())) {
      List<Key> keys =
          operator
              .keys()
              .listKeys(ListKeysRequest.newBuilder().setRing(ring).build())
              .getKeysList();
      GenerateKeyRequest.Builder request =
          GenerateKeyRequest.newBuilder()
              .setRing(ring)
              .setType(type.orAsTheOneThatSigns(keys))
              .setReason(reason.text());
      if (chosen != null) {
        request.setKid(chosen);
      }
      Key key = operator.keysToMake().generateKey(request.build()).getKey();
      if (isActivated) {
        KeyId id = Keys.id(key);
        String again = data.with("rekey keys activate " + id.asTyped());
        key =
            new Activation(operator, console, InstantSource.system(), isJson, again)
                .ofNew(id, Keys.signing(keys), WaitOption.DEFAULT, reason.text())
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
