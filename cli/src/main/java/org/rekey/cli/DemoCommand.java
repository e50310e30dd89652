package org.rekey.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.demo.DemoRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

/// `rekey demo`.
@Command(
    name = "demo",
    description = {
      "A tour of half a minute: issue, rotate under load, retire.",
      "A token is issued, the key is rotated while clients go on asking, both tokens verify, the old",
      "key's file is removed, its token is refused. Every step is checked and timed."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:Every step held.", "1:One did not.", "2:Wrongly called."},
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey demo                      in a temporary directory, gone afterwards",
      "  rekey demo --keep               the instance runs on until Ctrl-C",
      "  rekey demo --data .rekey        with the instance that runs there; your keys stay as they are"
    })
final class DemoCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:REKEY_DATA}",
      description =
          "Use the instance that runs on DIR, or start one there (default: $REKEY_DATA, else a"
              + " temporary directory).")
  private @Nullable Path data;

  @Option(names = "--keep", description = "Keep the tour's own instance running until Ctrl-C.")
  private boolean isKept;

  @Option(names = "--json", description = "Print the steps as JSON, and nothing else.")
  private boolean isJson;

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    var demo = new DemoRun(console, new TimedProgress(console, isJson), isJson);
    Runtime.getRuntime().addShutdownHook(new Thread(demo::close, "stop"));
    boolean isSound = demo.run(data);
    if (isKept && demo.directory() != null) {
      console.line("");
      console.line("It still runs (Ctrl-C stops it): ./rekey keys list --data " + demo.directory());
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    demo.close();
    return isSound ? ExitCode.OK : ExitCode.SOFTWARE;
  }
}
