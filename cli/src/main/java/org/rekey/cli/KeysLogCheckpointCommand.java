package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.evidence.Audit;
import org.rekey.verifier.evidence.AuditReport;
import org.rekey.verifier.evidence.Checkpoint;
import org.rekey.verifier.log.LogKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey keys log checkpoint`.
@Command(
    name = "checkpoint",
    description = {
      "Prints what the log is now, signed, in a few lines for somebody else to keep.",
      "Whoever has it can prove later that the log was cut or written anew. The whole log is checked",
      "first; there is no checkpoint of a log that is not whole."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys log checkpoint > checkpoint.txt",
      "  rekey keys log checkpoint | mail -s \"key log\" witness@example.com",
      "  rekey keys log checkpoint --json"
    })
final class KeysLogCheckpointCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Option(names = "--json", description = "Print an object with epoch, hash and the text.")
  private boolean isJson;

  KeysLogCheckpointCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    try (Operator operator = Operator.of(data.directory())) {
      LogKey key = LogKeys.read(operator.logKey());
      Audit audit = new Audit(List.of(key), List.of(), _ -> {});
      AuditProgress progress = new AuditProgress(console, 0, System::nanoTime);
      Iterator<SignedKeyEvent> events = operator.events();
      @Nullable SignedKeyEvent last = null;
      long count = 0;
      while (events.hasNext()) {
        last = events.next();
        progress.read(0, ++count);
        if (!audit.next(last)) {
          break;
        }
      }
      progress.end();
      AuditReport report = audit.end();
      if (!report.findings().isEmpty()) {
        throw new CommandFailed("key log: " + report.findings().getFirst());
      }
      if (last == null) {
        throw new CommandFailed("key log: empty (expected: at least one event)");
      }
      print(Checkpoint.of(last), key);
      return 0;
    }
  }

  private void print(Checkpoint checkpoint, LogKey key) {
    String text = checkpoint.text(key);
    if (isJson) {
      console.json(
          JsonNodeFactory.instance
              .objectNode()
              .put("epoch", checkpoint.epoch())
              .put("hash", Base64.getEncoder().encodeToString(checkpoint.hash().toByteArray()))
              .put("text", text));
    } else {
      console.line(text.stripTrailing());
    }
  }
}
