package org.rekey.cli;

import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.ReleaseKeyRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey keys release`.
@Command(
    name = "release",
    description = {"Ends a hold: automatisms may withdraw the key again."},
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys release 0 --reason \"all devices are updated\"",
      "  rekey keys release deviceauth 7"
    })
final class KeysReleaseCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();
  @Mixin private KeyArgument key = new KeyArgument();
  @Mixin private ReasonOption reason = new ReasonOption();

  @Option(names = "--json", description = "Print the key as JSON.")
  private boolean isJson;

  KeysReleaseCommand(Console console) {
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
              .releaseKey(
                  ReleaseKeyRequest.newBuilder()
                      .setRing(id.ring())
                      .setKid(id.kid())
                      .setReason(reason.text())
                      .build())
              .getKey(),
          isJson);
    }
  }
}
