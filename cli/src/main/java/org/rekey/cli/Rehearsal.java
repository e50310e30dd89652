package org.rekey.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.rekey.cli.local.JavaProgram;
import org.rekey.runtime.server.ReadinessProbe;

/// All services in one process, asked by commands from outside, and then the end: what the JVM has
/// loaded and learnt until then goes into the AOT cache of the image `rekey/rekey`
/// (`deploy/image/training`). The commands' own classes are kept out: the image would grow by them,
/// and they seldom run.
///
/// Needs the settings of all services in the environment, and the operator's directory in
/// `REKEY_DATA`. Exit codes: 0 all services came up, 1 one did not.
public final class Rehearsal {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int HEAP_MEGABYTES = 128;
  private static final Duration POLL = Duration.ofMillis(100);

  /// Every way of a request that has to be quick from the first one on.
  private static final List<List<String>> REQUESTS =
      List.of(
          List.of("demo"),
          List.of("agent", "simulate", "--devices", "50", "--every", "1s", "--time", "4s"));

  private Rehearsal() {}

  /// @param args `MAIN_CLASS=MANAGEMENT_PORT` of each service, in the order in which they start
  public static void main(String[] args)
      throws ReflectiveOperationException, InterruptedException, IOException {
    for (String service : args) {
      String[] parts = service.split("=", 2);
      start(parts[0]);
      awaitReady(parts[0], Integer.parseInt(parts[1]));
    }
    for (List<String> request : REQUESTS) {
      List<String> command = new ArrayList<>();
      command.addAll(JavaProgram.ofThisProcess().command(HEAP_MEGABYTES, Rekey.class.getName()));
      command.addAll(request);
      int code = new ProcessBuilder(command).inheritIO().start().waitFor();
      // The others are rehearsed all the same; it may have been slower than a promise.
      System.out.printf("rekey %s: exit code %d%n", String.join(" ", request), code);
    }
    System.exit(0);
  }

  private static void start(String mainClass) throws ReflectiveOperationException {
    // By name, because this module starts services and does not know them.
    var main = Class.forName(mainClass).getMethod("main", String[].class);
    Thread.ofPlatform()
        .name(mainClass)
        .daemon()
        .start(
            () -> {
              try {
                main.invoke(null, (Object) new String[0]);
              } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(mainClass + ": did not run", e);
              }
            });
  }

  private static void awaitReady(String mainClass, int managementPort) throws InterruptedException {
    long limit = System.nanoTime() + PATIENCE.toNanos();
    ReadinessProbe.Answer answer = ReadinessProbe.ask(managementPort);
    while (!answer.isReady()) {
      if (System.nanoTime() > limit) {
        System.err.printf(
            "%s: not ready after %d s: %s%n", mainClass, PATIENCE.toSeconds(), answer.text());
        System.exit(1);
      }
      Thread.sleep(POLL);
      answer = ReadinessProbe.ask(managementPort);
    }
    System.out.println(mainClass + ": ready");
  }
}
