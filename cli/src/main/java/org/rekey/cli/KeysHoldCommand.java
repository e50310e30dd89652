package org.rekey.cli;

import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.HoldKeyRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey keys hold`.
@Command(
    name = "hold",
    description = {
      "Lets no automatism withdraw a key until it is released.",
      "Somebody who removes its file, or orders its end by force, is still obeyed."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys hold 0 --reason \"devices in the field have it until spring\"",
      "  rekey keys hold deviceauth 7"
    })
final class KeysHoldCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();
  @Mixin private KeyArgument key = new KeyArgument();
  @Mixin private ReasonOption reason = new ReasonOption();

  @Option(names = "--json", description = "Print the key as JSON.")
  private boolean isJson;

  KeysHoldCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    KeyId id = key.id();
    try (Operator operator = Operator.of(data.directory())) {
      Keys.print(
          console,
          operator
              .keys()
              .holdKey(
                  HoldKeyRequest.newBuilder()
                      .setRing(id.ring())
                      .setKid(id.kid())
                      .setReason(reason.text())
                      .build())
              .getKey(),
          isJson);
    }
  }
}
