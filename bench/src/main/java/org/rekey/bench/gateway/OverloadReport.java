package org.rekey.bench.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rekey.bench.Table;
import org.rekey.bench.load.Logins;
import org.rekey.bench.load.RekeyUp;
import org.rekey.bench.load.WorkDirectory;
import org.rekey.runtime.server.Lifecycle;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `bench/run overload`: more than the gateway can do, for as long as is asked for. A client with a
/// steady small rate watches how it fares meanwhile and afterwards.
@Command(
    name = "overload",
    mixinStandardHelpOptions = true,
    description = "The gateway with more requests than can be answered.")
public final class OverloadReport implements Callable<Integer> {
  private static final String FAST = "/api/management/v1/fast";
  private static final String SLOW = "/api/management/v1/slow";
  private static final Pattern TOTAL = Pattern.compile("([0-9]+) requests in");
  private static final Pattern REFUSED = Pattern.compile("Non-2xx or 3xx responses: ([0-9]+)");
  private static final Pattern SOCKETS = Pattern.compile("Socket errors: (.*)");
  private static final int CALM_SECONDS = 10;

  @Option(
      names = "--seconds",
      defaultValue = "60",
      description = "of each overload (${DEFAULT-VALUE}; 1 to 3600)")
  private int seconds;

  @Option(
      names = "--connections",
      defaultValue = "3000",
      description = "that ask without a pause (${DEFAULT-VALUE}; 1 to 10000)")
  private int connections;

  @Option(
      names = "--max-requests",
      defaultValue = "1000",
      description = "GATEWAY_MAX_REQUESTS (${DEFAULT-VALUE})")
  private int maxRequests;

  @Option(
      names = "--slow",
      defaultValue = "2000",
      description = "milliseconds that the slow upstream takes (${DEFAULT-VALUE})")
  private int slowMillis;

  private final Lifecycle lifecycle = new Lifecycle();

  private OverloadReport() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new OverloadReport()).execute(arguments));
  }

  @Override
  public Integer call() {
    Runtime.getRuntime().addShutdownHook(new Thread(lifecycle::close, "stop"));
    Path work = lifecycle.manage("work directory", WorkDirectory.make()).path();
    Daemon fast = lifecycle.manage("upstream", Proxies.upstream(work));
    HttpServer slow = slowUpstream();
    lifecycle.manage("slow upstream", () -> slow.stop(0));
    say("starting an instance");
    RekeyUp instance =
        lifecycle.manage(
            "instance",
            RekeyUp.start(
                work,
                List.of("GATEWAY_MAX_REQUESTS=" + maxRequests),
                List.of(
                    "--routes",
                    routes(work, fast.port(), slow.getAddress().getPort()).toString())));
    Load.Tokens tokens = Load.Tokens.write(work, tokens(instance));
    long gateway = instance.pid("gateway");
    SteadyClient client =
        new SteadyClient(instance.gateway() + FAST, tokens.one(), List.of(instance.ca()), gateway);
    Table table =
        new Table(
            "meanwhile", "200", "503", "other", "p50 ms", "p99 ms", "worst ms", "gateway RSS MB");
    say("warming up");
    Load.HTTP1.run(instance.gateway() + FAST, tokens, 20);
    Load.HTTP1.run(instance.gateway() + FAST, tokens, 20);
    say("calm");
    client.watch(Duration.ofSeconds(CALM_SECONDS)).into(table, "calm");
    overload(client, instance.gateway() + FAST, tokens, table, "more than two cores can do");
    client.watch(Duration.ofSeconds(CALM_SECONDS)).into(table, "right after it");
    overload(client, instance.gateway() + SLOW, tokens, table, "an upstream that hangs");
    client.watch(Duration.ofSeconds(CALM_SECONDS)).into(table, "right after it");
    System.out.println(table);
    System.out.println(
        "The gateway is " + (ProcessHandle.of(gateway).isPresent() ? "alive." : "DEAD."));
    lifecycle.close();
    return 0;
  }

  private void overload(
      SteadyClient client, String url, Load.Tokens tokens, Table table, String name) {
    say(name + ", " + seconds + " s");
    try {
      Process wrk =
          new ProcessBuilder(
                  "wrk",
                  "-t1",
                  "-c" + connections,
                  "-d" + seconds + "s",
                  "--timeout",
                  "30s",
                  "-s",
                  tokens.script().toString(),
                  url,
                  "--",
                  tokens.file().toString())
              .redirectErrorStream(true)
              .start();
      client.watch(Duration.ofSeconds(seconds)).into(table, name);
      String said = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      wrk.waitFor();
      say(
          "  %s requests, of them refused: %s; socket errors: %s"
              .formatted(first(TOTAL, said), first(REFUSED, said), first(SOCKETS, said)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped under load", e);
    }
  }

  private static String first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? matcher.group(1) : "none";
  }

  private List<String> tokens(RekeyUp instance) {
    ManagedChannel useradm = instance.asGateway("useradm");
    try {
      return new ArrayList<>(Logins.make(useradm, 200));
    } finally {
      useradm.shutdownNow();
    }
  }

  private HttpServer slowUpstream() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4096);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/", this::answerLate);
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void answerLate(HttpExchange exchange) throws IOException {
    try (exchange) {
      Thread.sleep(slowMillis);
      exchange.sendResponseHeaders(204, -1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Path routes(Path work, int fast, int slow) {
    try {
      return Files.writeString(
          work.resolve("routes.yaml"),
          """
          routes:
            - path: %s
              upstream: http://127.0.0.1:%d
            - path: %s
              upstream: http://127.0.0.1:%d
          """
              .formatted(FAST, fast, SLOW, slow));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void say(String text) {
    System.err.println("bench: " + text);
  }
}
