package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.ListKeysRequest;
import org.rekey.proto.keystore.v1.ListKeysResponse;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey keys list`.
@Command(
    name = "list",
    description = "The keys of a ring: which one signs, which verify, which are gone.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys list --all",
      "  rekey keys list deviceauth",
      "  rekey keys list --json | jq '.[] | select(.state==\"ACTIVE\")'"
    })
final class KeysListCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();
  @Mixin private PerhapsKeyArgument argument = new PerhapsKeyArgument();

  @Option(names = "--all", description = "All rings, not only useradm.")
  private boolean isAll;

  @Option(names = "--json", description = "Print an array of objects.")
  private boolean isJson;

  KeysListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    String ring = argument.ring();
    Long kid = argument.kid();
    try (Operator operator = Operator.of(data.directory())) {
      ListKeysResponse answer =
          operator.keys().listKeys(ListKeysRequest.newBuilder().setRing(isAll ? "" : ring).build());
      List<Key> keys =
          answer.getKeysList().stream().filter(key -> kid == null || kid == key.getKid()).toList();
      if (kid != null && keys.isEmpty()) {
        throw new CommandFailed(
            "%d: the ring %s has no such key, and never had".formatted(kid, ring));
      }
      if (isJson) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        keys.forEach(key -> array.add(Keys.json(key)));
        console.json(array);
      } else {
        print(keys);
      }
      answer
          .getRingsList()
          .forEach(r -> r.getNotesList().forEach(note -> console.warn(r.getName() + ": " + note)));
    }
  }

  private void print(List<Key> keys) {
    if (keys.isEmpty()) {
      console.line("no keys");
      return;
    }
    Table table = new Table("RING", "KID", "STATE", "ALG", "THUMBPRINT", "ADDED", "FILE");
    for (Key key : keys) {
      table.row(
          key.getRing(),
          Long.toUnsignedString(key.getKid()),
          Keys.coloured(console, key.getState()),
          key.getAlg(),
          key.getThumbprint(),
          key.hasAddedAt() ? Times.toTheSecond(key.getAddedAt()) : "",
          file(key));
    }
    table.print(console);
  }

  private static String file(Key key) {
    List<String> words = new ArrayList<>();
    words.add(
        key.getFile().isEmpty()
            ? "-"
            : key.getFile().substring(key.getFile().lastIndexOf('/') + 1));
    if (key.getConfigured()) {
      words.add("(configured)");
    }
    if (key.getHeld()) {
      words.add("(held)");
    }
    if (key.getRetiresWhenSafe()) {
      words.add("(retires when safe)");
    }
    return String.join(" ", words);
  }
}
