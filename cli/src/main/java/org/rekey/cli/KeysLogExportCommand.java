package org.rekey.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.evidence.Audit;
import org.rekey.verifier.evidence.EventLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `rekey keys log export`.
@Command(
    name = "export",
    description = {
      "Writes the whole log to a file that anybody can check without an instance.",
      "A line for each event: its exact bytes, its signature, and what they say (docs/key-log.md).",
      "Everything that the keystore has is written, and checked on the way; a log that is not whole",
      "is written too, and told by the exit code (see: rekey keys log verify --help)."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys log export log.jsonl",
      "  rekey keys log export - | gzip > log.jsonl.gz",
      "  rekey keys log export log.jsonl --json"
    })
final class KeysLogExportCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Parameters(
      paramLabel = "FILE",
      description = "Appears when it is complete, in place of one that is there; - for output.")
  private String file = "";

  @Option(names = "--json", description = "Print what was found as an object (not with -).")
  private boolean isJson;

  KeysLogExportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    try (Operator operator = Operator.of(data.directory())) {
      return file.equals("-") ? toOutput(operator) : toFile(operator, Path.of(file));
    } catch (IOException e) {
      throw new CommandFailed(file + ": cannot be written", e);
    }
  }

  private int toOutput(Operator operator) throws IOException {
    AuditOutcome outcome = write(operator, console.out());
    console.out().flush();
    if (outcome.exitCode() != 0) {
      outcome.report().findings().forEach(found -> console.warn(Plain.line(found.toString())));
    }
    return outcome.exitCode();
  }

  private int toFile(Operator operator, Path target) throws IOException {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    AuditOutcome outcome;
    try {
      try (Writer writer = Files.newBufferedWriter(part, US_ASCII)) {
        outcome = write(operator, writer);
      }
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
    if (isJson) {
      console.json(outcome.json().put("file", target.toString()));
    } else {
      outcome.print(console);
    }
    return outcome.exitCode();
  }

  private AuditOutcome write(Operator operator, Writer writer) throws IOException {
    Audit audit = new Audit(List.of(LogKeys.read(operator.logKey())), List.of(), _ -> {});
    AuditProgress progress = new AuditProgress(console, 0, System::nanoTime);
    Iterator<SignedKeyEvent> events = operator.events();
    boolean isSound = true;
    long count = 0;
    while (events.hasNext()) {
      SignedKeyEvent event = events.next();
      writer.write(line(event, ++count));
      writer.write('\n');
      isSound = isSound && audit.next(event);
      progress.read(0, count);
    }
    progress.end();
    return new AuditOutcome(audit.end());
  }

  private static String line(SignedKeyEvent event, long place) {
    try {
      return EventLine.write(event);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed("event %d: %s".formatted(place, e.getMessage()), e);
    }
  }
}
