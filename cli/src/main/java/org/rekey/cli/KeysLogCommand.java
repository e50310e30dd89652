package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import org.rekey.cli.client.Operator;
import org.rekey.cli.client.VerifiedLog;
import org.rekey.proto.keystore.v1.KeyEvent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey keys log`.
@Command(
    name = "log",
    description = {
      "Everything that ever happened to a key, to those of a ring, or to all.",
      "The whole log is read, and its chain and every signature in it are checked, whichever part of",
      "it is shown."
    },
    mixinStandardHelpOptions = true,
    subcommands = {
      KeysLogExportCommand.class,
      KeysLogVerifyCommand.class,
      KeysLogCheckpointCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {"  rekey keys log", "  rekey keys log 5539", "  rekey keys log deviceauth --json"})
final class KeysLogCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Mixin private PerhapsKeyArgument argument = new PerhapsKeyArgument();

  @Option(names = "--json", description = "Print an array of objects.")
  private boolean isJson;

  KeysLogCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    String ring = argument.ringOrAll();
    Long kid = argument.kid();
    VerifiedLog log;
    try (Operator operator = Operator.of(data.directory())) {
      log = operator.log();
    }
    List<KeyEvent> events =
        log.events().stream()
            .filter(event -> ring == null || ring.equals(event.getRing()))
            .filter(event -> kid == null || kid == event.getKid())
            .toList();
    if (isJson) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      events.forEach(event -> array.add(KeyEvents.json(event)));
      console.json(array);
    } else {
      Table table = new Table("EPOCH", "TIME", "RING", "KID", "EVENT", "ACTOR", "FROM", "REASON");
      events.forEach(
          event ->
              table.row(
                  Long.toString(event.getEpoch()),
                  Times.exact(event.getAt()),
                  event.getRing(),
                  Long.toUnsignedString(event.getKid()),
                  KeyEvents.text(event),
                  Plain.text(event.getActor()),
                  Plain.text(event.getOrigin()),
                  Plain.text(event.getReason())));
      table.print(console);
      console.line(
          "%s %d events, chain and signatures verified"
              .formatted(console.check(), log.events().size()));
    }
    log.violations().forEach(violation -> console.warn("no verifier obeys " + violation));
  }
}
