package org.rekey.cli;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.local.CommandClasses;
import org.rekey.cli.local.Heap;
import org.rekey.cli.local.Instance;
import org.rekey.cli.local.Progress;
import org.rekey.cli.local.RunFile;
import org.rekey.cli.local.Setting;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey up`: everything on this machine, until it is told to stop.
@Command(
    name = "up",
    description = {
      "Runs everything on this machine until Ctrl-C.",
      "PostgreSQL, Kafka and the four services, the HTTPS gateway among them. State stays in DIR over",
      "restarts; while all is up, DIR/run.json says how to reach it."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey up",
      "  rekey up --data /tmp/other --https-port 0        a second one beside the first",
      "  rekey up --routes routes.conf                    with your own services behind it",
      "  rekey up --set USERADM_SERVER_PRIV_KEY_PATH=$PWD/.rekey/keys/useradm/private.id.5539.pem"
    })
final class UpCommand implements Runnable {
  private static final int MAX_PORT = 65_535;

  private final Console console;
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private DataOption data = new DataOption();

  @Option(
      names = "--https-port",
      paramLabel = "N",
      defaultValue = "8443",
      description = "The gateway's port; 0 takes any free one (default: ${DEFAULT-VALUE}).")
  private int httpsPort;

  @Option(
      names = "--routes",
      paramLabel = "FILE",
      description = "The services behind the gateway (default: none).")
  private @Nullable Path routes;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "A setting for the services whose prefix NAME has. May be repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--heap",
      paramLabel = "SERVICE=MEGABYTES",
      description =
          "The memory of a service's objects, for many live tokens or much traffic (default: 128)."
              + " May be repeated.")
  private List<String> heaps = new ArrayList<>();

  @Option(names = "--json", description = "Print nothing but run.json, once all is up.")
  private boolean isJson;

  private final CommandClasses commandClasses = new CommandClasses();

  UpCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var instance = new Instance(options(), progress(), InstantSource.system(), new SecureRandom());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(instance), "stop"));
    long started = System.nanoTime();
    RunFile run;
    try {
      if (!isJson) {
        console.line(console.bold("Rekey") + " in " + instance.data());
      }
      run = instance.start();
    } catch (RuntimeException e) {
      if (instance.stop()) {
        throw e;
      }
      // Told to stop while it was starting: the hook sees to it and ends the process.
      await(new CountDownLatch(1));
      return;
    }
    if (isJson) {
      console.line(run.toJson());
    } else {
      greet(run, instance.data().root(), System.nanoTime() - started);
    }
    commandClasses.keep(instance.data());
    await(new CountDownLatch(1));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void stop(Instance instance) {
    long started = System.nanoTime();
    commandClasses.close();
    if (!isJson && !instance.isStopping()) {
      console.line(
          instance.keepsClasses()
              ? "stopping (this once a few seconds longer: classes are kept for a faster start)"
              : "stopping");
    }
    if (instance.stop()) {
      console.err().flush();
      if (!isJson) {
        console.line("stopped in %.1f s".formatted((System.nanoTime() - started) / 1e9));
      }
      // Being told to stop is no failure, as the virtual machine's own exit code would have it.
      Runtime.getRuntime().halt(0);
    }
  }

  private Instance.Options options() {
    if (httpsPort < 0 || httpsPort > MAX_PORT) {
      throw new ParameterException(
          spec.commandLine(), "--https-port: %d (expected: 0 to 65535)".formatted(httpsPort));
    }
    return new Instance.Options(
        data.directory(),
        httpsPort,
        routes,
        parsed("--set", settings, Setting::parse),
        parsed("--heap", heaps, Heap::parse));
  }

  private <T> List<T> parsed(String option, List<String> texts, Function<String, T> parser) {
    try {
      return texts.stream().map(parser).toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage(), e);
    }
  }

  private Progress progress() {
    return new TimedProgress(console, isJson);
  }

  private void greet(RunFile run, Path root, long nanos) {
    String at =
        Path.of("").toAbsolutePath().resolve(".rekey").equals(root)
            ? ""
            : " --data " + quoted(root.toString());
    console.line("");
    console.line(
        console.bold("Ready in %.1f s: %s".formatted(nanos / 1e9, run.gateway()))
            + "   (Ctrl-C stops it)");
    console.line("");
    console.line("What to try next, from another terminal:");
    List.of(
            "./rekey users create you@example.com" + at,
            "SSL_CERT_FILE=%s mender-cli login --server %s --username you@example.com"
                .formatted(quoted(run.ca()), run.gateway()),
            "openssl genrsa -out %s 2048"
                .formatted(
                    quoted(run.keyDirs().getOrDefault("useradm", "") + "/private.id.5539.pem")),
            "./rekey keys list" + at,
            "./rekey keys activate 5539" + at,
            "./rekey keys log" + at)
        .forEach(command -> console.line("  " + command));
  }

  /// As a shell reads it back.
  private static String quoted(String path) {
    return path.matches("[A-Za-z0-9/._-]+") ? path : "'" + path.replace("'", "'\\''") + "'";
  }
}
