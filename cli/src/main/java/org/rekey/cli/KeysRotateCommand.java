package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.GenerateKeyRequest;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.ListKeysRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey keys rotate`.
@Command(
    name = "rotate",
    description = {
      "The next key in one go: generate, announce, wait for every verifier, activate.",
      "If it cannot be finished, the new key stands announced and the old one goes on signing."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys rotate",
      "  rekey keys rotate deviceauth --type p-256 --reason \"on schedule\"",
      "  rekey keys rotate --kid 5539 --wait 2m"
    })
final class KeysRotateCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();
  @Mixin private Ring.Argument ring = new Ring.Argument();
  @Mixin private TypeOption type = new TypeOption();

  @Option(
      names = "--kid",
      paramLabel = "N",
      converter = KidConverter.class,
      description = "The new key's id (default: one more than the highest that ever was).")
  private @Nullable Long kid;

  @Mixin private WaitOption wait = new WaitOption();
  @Mixin private ReasonOption reason = new ReasonOption();

  @Option(names = "--json", description = "Print the new key as JSON, and nothing else.")
  private boolean isJson;

  KeysRotateCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    String name = ring.name();
    type.mustBeKnown();
    wait.time();
    try (Operator operator = Operator.of(data.directory())) {
      List<Key> keys =
          operator
              .keys()
              .listKeys(ListKeysRequest.newBuilder().setRing(name).build())
              .getKeysList();
      Optional<Key> before = Keys.signing(keys);
      GenerateKeyRequest.Builder request =
          GenerateKeyRequest.newBuilder()
              .setRing(name)
              .setType(type.orAsTheOneThatSigns(keys))
              .setReason(reason.text());
      if (kid != null) {
        request.setKid(kid);
      }
      Key made = operator.keysToMake().generateKey(request.build()).getKey();
      if (!isJson) {
        console.line(Keys.one(console, made));
      }
      String again = data.with("rekey keys activate " + Keys.id(made).asTyped());
      tell(
          new Activation(operator, console, InstantSource.system(), isJson, again)
              .ofNew(Keys.id(made), before, wait.time(), reason.text())
              .getKey(),
          before.map(Keys::id));
    }
  }

  private void tell(Key key, Optional<KeyId> before) {
    if (isJson) {
      ObjectNode json = Keys.json(key);
      json.put("replaced_kid", before.map(KeyId::kid).orElse(null));
      console.json(json);
      return;
    }
    console.line(Keys.one(console, key));
    before.ifPresent(
        old -> {
          console.line(
              "  %s goes on verifying. Once nothing hangs on it, it can go:".formatted(old));
          console.line("  " + data.with("rekey keys retire " + old.asTyped() + " --when-safe"));
        });
  }
}
