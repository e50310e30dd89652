package org.rekey.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.evidence.Audit;
import org.rekey.verifier.evidence.AuditReport;
import org.rekey.verifier.evidence.Checkpoint;
import org.rekey.verifier.evidence.LogFile;
import org.rekey.verifier.log.LogKey;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `rekey keys log verify`.
@Command(
    name = "verify",
    description = {
      "Checks an exported log, or without FILE the log of the running instance.",
      "Every signature, the chain, the numbers, and whether each step was allowed. An exported log",
      "needs no instance and no network, only the log's public key. A log whose end is missing looks",
      "whole: --checkpoint proves that it is as long as it was, and that it is the same history."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Whole, and every checkpoint holds.",
      "1:It could not be checked.",
      "2:Wrongly called.",
      "3:Changed: the first bad line, its epoch and the rule are named.",
      "4:Cut: it ends before a checkpoint.",
      "5:Forked: the log key has signed another history for a checkpoint.",
      "6:Genuine, but with events that no verifier obeys."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys log verify",
      "  rekey keys log verify log.jsonl --log-key log-key.pub.pem",
      "  rekey keys log verify log.jsonl --log-key log-key.pub.pem --checkpoint 2026-11.txt --json",
      "  zcat log.jsonl.gz | rekey keys log verify - --log-key log-key.pub.pem --print"
    })
final class KeysLogVerifyCommand implements Callable<Integer> {
  private final Console console;
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private DataOption data = new DataOption();

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "What `rekey keys log export` has written; - for standard input.")
  private @Nullable String file;

  @Option(
      names = "--log-key",
      paramLabel = "PUBLIC.pem",
      description = {
        "The log's public key; may be given again for a log with several.",
        "Needed with FILE; without, the instance's own is the default."
      })
  private List<Path> logKeys = List.of();

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      description = "The log must extend it; may be given again.")
  private List<Path> checkpoints = List.of();

  @ArgGroup private Form form = new Form();

  /// One or the other: an object of everything would have to be held in memory.
  static final class Form {
    @Option(names = "--print", description = "Print every event: who, when, from where, why.")
    private boolean isPrinting;

    @Option(names = "--json", description = "Print what was found as an object.")
    private boolean isJson;
  }

  KeysLogVerifyCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (file != null && logKeys.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--log-key: missing (expected with FILE: the log's public key)");
    }
    AuditOutcome outcome = new AuditOutcome(file == null ? live() : exported(file));
    if (form.isJson) {
      console.json(outcome.json());
    } else {
      outcome.print(console);
    }
    return outcome.exitCode();
  }

  private AuditReport live() {
    try (Operator operator = Operator.of(data.directory())) {
      Audit audit = audit(logKeys.isEmpty() ? List.of(operator.logKey()) : logKeys);
      AuditProgress progress = new AuditProgress(console, 0, System::nanoTime);
      Iterator<SignedKeyEvent> events = operator.events();
      long count = 0;
      while (events.hasNext() && audit.next(events.next())) {
        progress.read(0, ++count);
      }
      progress.end();
      return audit.end();
    }
  }

  private AuditReport exported(String name) {
    try (InputStream in = open(name)) {
      long size = name.equals("-") ? 0 : Files.size(Path.of(name));
      AuditProgress progress = new AuditProgress(console, size, System::nanoTime);
      AuditReport report = LogFile.check(in, audit(logKeys), progress);
      progress.end();
      return report;
    } catch (IOException e) {
      throw new CommandFailed(name + ": cannot be read (expected: a file, or - )", e);
    }
  }

  private static InputStream open(String name) throws IOException {
    return name.equals("-") ? new Uncloseable(System.in) : Files.newInputStream(Path.of(name));
  }

  private Audit audit(List<Path> keys) {
    List<LogKey> trusted = keys.stream().map(LogKeys::read).toList();
    return new Audit(
        trusted,
        checkpoints.stream().map(path -> checkpoint(path, trusted)).toList(),
        this::passed);
  }

  private static Audit.Named checkpoint(Path file, List<LogKey> trusted) {
    try {
      return new Audit.Named(file.toString(), Checkpoint.parse(Files.readString(file), trusted));
    } catch (IOException e) {
      throw new CommandFailed(file + ": cannot be read (expected: a checkpoint)", e);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(
          "%s: no checkpoint of this log: %s"
              .formatted(file, Plain.line(String.valueOf(e.getMessage()))),
          e);
    }
  }

  private void passed(KeyEvent event) {
    if (form.isPrinting) {
      console.line(KeyEvents.line(event));
    }
  }

  /// Standard input is not this command's to close.
  private static final class Uncloseable extends FilterInputStream {
    Uncloseable(InputStream in) {
      super(in);
    }

    @Override
    public void close() {}
  }
}
