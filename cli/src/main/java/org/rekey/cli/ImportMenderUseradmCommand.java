package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.rekey.cli.client.Operator;
import org.rekey.cli.mender.Tally;
import org.rekey.cli.mender.Tally.Kind;
import org.rekey.cli.mender.Tally.Outcome;
import org.rekey.cli.mender.UseradmTakeover;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `rekey import mender-useradm`.
@Command(
    name = "mender-useradm",
    description = {
      "Takes over users and tokens of Mender's useradm.",
      "FILE is what mongoexport writes of the collections users and tokens, one object in a line, both",
      "in one file in any order. Afterwards users log in with their passwords, and tokens that Mender",
      "has issued are good with the same key files. What is here already stays as it is. Bad lines are",
      "told by number, and the rest goes on; an interrupted import goes on where it was."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Every line was taken, was there already, or has expired.",
      "1:It failed; run it again to go on.",
      "2:Wrongly called.",
      "3:Done, but lines were refused."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  for c in users tokens; do mongoexport -d useradm -c $c; done > useradm.jsonl",
      "  rekey import mender-useradm useradm.jsonl --dry-run",
      "  rekey import mender-useradm useradm.jsonl 2> refused.txt",
      "  zcat useradm.jsonl.gz | rekey import mender-useradm - --json"
    })
final class ImportMenderUseradmCommand implements Callable<Integer> {
  private static final int SOME_REFUSED = 3;

  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Parameters(paramLabel = "FILE", description = "The dump; - for standard input.")
  private String file = "";

  @Option(names = "--dry-run", description = "Read and count; write nothing, ask nobody.")
  private boolean isDryRun;

  @Option(
      names = "--from-start",
      description = "Begin anew, although an earlier import was interrupted.")
  private boolean isFromStart;

  @Option(
      names = "--tenant-id",
      paramLabel = "ID",
      description = "Whose users and tokens (default: those without a tenant).")
  private String tenantId = "";

  @Option(names = "--json", description = "Print the figures as JSON.")
  private boolean isJson;

  ImportMenderUseradmCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    var watcher = new ImportProgress(console, isJson, System::nanoTime);
    var takeover = new UseradmTakeover(file, tenantId, isFromStart, System.in, watcher);
    UseradmTakeover.Report report;
    if (isDryRun) {
      report = takeover.rehearse(InstantSource.system());
    } else {
      try (Operator operator = Operator.of(data.directory())) {
        report = takeover.into(operator);
      }
    }
    watcher.end();
    report.notes().forEach(console::warn);
    if (isJson) {
      printJson(report);
    } else {
      print(report.tally());
    }
    return report.tally().refused() == 0 ? ExitCode.OK : SOME_REFUSED;
  }

  private void printJson(UseradmTakeover.Report report) {
    ObjectNode json = report.tally().json();
    json.put("refused", report.tally().refused());
    json.put("dry_run", isDryRun);
    json.put("resumed_after_line", report.resumedAt());
    report.notes().forEach(json.putArray("notes")::add);
    console.json(json);
  }

  private void print(Tally tally) {
    String sign = tally.refused() == 0 ? console.check() : console.yellow("!");
    console.line(
        "%s users: %s%d already there, %d refused"
            .formatted(
                sign,
                taken(tally, Kind.USERS),
                tally.of(Kind.USERS, Outcome.ALREADY_THERE),
                tally.of(Kind.USERS, Outcome.REFUSED)));
    console.line(
        "%s tokens: %s%d already there, %d expired, %d refused"
            .formatted(
                sign,
                taken(tally, Kind.TOKENS),
                tally.of(Kind.TOKENS, Outcome.ALREADY_THERE),
                tally.of(Kind.TOKENS, Outcome.EXPIRED),
                tally.of(Kind.TOKENS, Outcome.REFUSED)));
    long others = tally.of(Kind.OTHERS, Outcome.REFUSED);
    if (others > 0) {
      console.line("%s lines that are neither: %d".formatted(sign, others));
    }
    if (isDryRun) {
      console.line("Nothing was written: this was --dry-run.");
    }
  }

  private String taken(Tally tally, Kind kind) {
    return "%d %s, ".formatted(tally.of(kind, Outcome.TAKEN), isDryRun ? "readable" : "taken");
  }
}
