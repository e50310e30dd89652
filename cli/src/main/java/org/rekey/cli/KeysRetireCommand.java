package org.rekey.cli;

import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `rekey keys retire`.
@Command(
    name = "retire",
    description = {
      "Trusts a key no more: every token that it signed is refused from now on.",
      "Its file stays where it is."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys retire 0 --reason \"rotated on schedule\"",
      "  rekey keys retire 7 --ring deviceauth"
    })
final class KeysRetireCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();
  @Mixin private Ring.One ring = new Ring.One();

  @Parameters(paramLabel = "KID", converter = KidConverter.class, description = "The key's id.")
  private long kid;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the key log.")
  private String reason = "";

  @Option(names = "--json", description = "Print the key as JSON.")
  private boolean isJson;

  KeysRetireCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    RetireKeyRequest request =
        RetireKeyRequest.newBuilder().setRing(ring.name()).setKid(kid).setReason(reason).build();
    try (Operator operator = Operator.of(data.directory())) {
      Key key = operator.keys().retireKey(request).getKey();
      if (isJson) {
        console.json(Keys.json(key));
      } else {
        console.line(Keys.one(console, key));
      }
    }
  }
}
