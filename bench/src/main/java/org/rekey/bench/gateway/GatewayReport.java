package org.rekey.bench.gateway;

import io.grpc.ManagedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.rekey.bench.Spread;
import org.rekey.bench.Table;
import org.rekey.bench.load.Cpu;
import org.rekey.bench.load.Logins;
import org.rekey.bench.load.MachineLock;
import org.rekey.bench.load.RekeyUp;
import org.rekey.bench.load.RoundOptions;
import org.rekey.bench.load.WarmUp;
import org.rekey.bench.load.WorkDirectory;
import org.rekey.runtime.server.Lifecycle;
import org.rekey.runtime.tls.LocalAuthority;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench/run gateway`: all proxies in turns, in front of one upstream, over HTTPS on loopback.
@Command(
    name = "gateway",
    mixinStandardHelpOptions = true,
    description = "The gateway next to other proxies.")
public final class GatewayReport implements Callable<Integer> {
  private static final String PATH = "/api/management/v1/bench";
  private static final String OPEN_PATH = "/bench";
  private static final String FORGETFUL = "gateway, no signature remembered";

  /// Where the others stand among the variants.
  private static final int BARE = 0;

  private static final int AUTH_REQUEST = 1;
  private static final int HAPROXY = 2;

  @Mixin private RoundOptions options = new RoundOptions();

  @Option(
      names = "--loads",
      split = ",",
      defaultValue = "HTTP1,NEW_TLS,H2,H2_MANY,OPEN",
      description = "${COMPLETION-CANDIDATES} (all)")
  private List<Load> loads = new ArrayList<>();

  @Option(
      names = "--tokens",
      defaultValue = "1000",
      description = "how many live tokens take turns over HTTP/1.1 (${DEFAULT-VALUE})")
  private int tokenCount;

  @Option(
      names = "--rate",
      defaultValue = "3000",
      description = "requests a second of the load OPEN (${DEFAULT-VALUE})")
  private int rate;

  private final Lifecycle lifecycle = new Lifecycle();

  private record Case(Load load, Variant variant) {}

  /// @param cpuMicros of the proxy and of those whom it asks, per request
  private record Sample(
      double perSecond, double p50Millis, double p99Millis, double p999Millis, double cpuMicros) {
    String text() {
      return String.format(
          Locale.ROOT,
          "%.0f per second, p50 %.2f ms, p99 %.2f ms, p999 %.2f ms, %.0f µs of CPU",
          perSecond,
          p50Millis,
          p99Millis,
          p999Millis,
          cpuMicros);
    }
  }

  private GatewayReport() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new GatewayReport()).execute(arguments));
  }

  @Override
  public Integer call() {
    Runtime.getRuntime().addShutdownHook(new Thread(lifecycle::close, "stop"));
    Path work = lifecycle.manage("work directory", WorkDirectory.make()).path();
    List<Path> authorities = new ArrayList<>();
    List<Variant> variants = variants(work, authorities);
    check(variants, new Probe(authorities));
    OpenClient steady = new OpenClient(authorities, rate);
    Map<Case, List<Sample>> samples = new LinkedHashMap<>();
    warmUp(variants, steady);
    for (int round = 1; round <= options.rounds(); round++) {
      try (MachineLock _ = MachineLock.take(options.lock())) {
        for (Load load : loads) {
          say("round %d of %d: %s".formatted(round, options.rounds(), load.title()));
          for (Variant variant : of(variants, load)) {
            Sample sample = measure(load, variant, steady);
            say("  %s: %s".formatted(variant.name(), sample.text()));
            samples.computeIfAbsent(new Case(load, variant), _ -> new ArrayList<>()).add(sample);
          }
        }
      }
    }
    for (Load load : loads) {
      System.out.println(load.title() + "\n");
      System.out.println(table(of(variants, load), load, samples));
    }
    lifecycle.close();
    return 0;
  }

  private List<Variant> variants(Path work, List<Path> authorities) {
    Daemon upstream = lifecycle.manage("upstream", Proxies.upstream(work));
    Path routes = routes(work, upstream.port());
    Map<String, Gateway> gateways = new LinkedHashMap<>();
    gateways.put("gateway", gateway(work.resolve("auto"), routes, "GATEWAY_TLS_ENGINE=AUTO"));
    gateways.put(
        "gateway, JDK TLS", gateway(work.resolve("jdk"), routes, "GATEWAY_TLS_ENGINE=JDK"));
    gateways.put(
        FORGETFUL, gateway(work.resolve("forgetful"), routes, "USERADM_SIGNATURE_CACHE_SIZE=0"));
    Gateway first = gateways.values().iterator().next();

    LocalAuthority authority =
        LocalAuthority.open(work.resolve("tls"), Instant.now(), new SecureRandom());
    LocalAuthority.Leaf leaf =
        authority.issue("proxy.localhost", List.of("localhost"), List.of("127.0.0.1"));
    authorities.add(authority.caCertificate());
    Proxies proxies = new Proxies(work, leaf, upstream.port());
    Daemon bare = lifecycle.manage("nginx", proxies.bare());
    Daemon yes = lifecycle.manage("yes", Proxies.yes(work));
    Daemon auth = lifecycle.manage("nginx", proxies.withAuthRequest(yes.port()));
    Daemon haproxy =
        lifecycle.manage("haproxy", proxies.haproxy(publicKey(work, first.instance())));

    List<Load> all = List.of(Load.values());
    List<Load> http1 = List.of(Load.HTTP1);
    List<Load> noHttp2 = List.of(Load.HTTP1, Load.NEW_TLS, Load.OPEN);
    List<Variant> variants = new ArrayList<>();
    variants.add(other("nginx, no verdict", bare, first, false, all));
    variants.add(
        other("nginx, auth_request to a trivial upstream", auth, first, false, all, yes.pid()));
    variants.add(other("HAProxy, jwt_verify RS256", haproxy, first, true, all));
    variants.add(
        new Variant(
            "gateway, no verdict",
            first.instance().gateway() + OPEN_PATH,
            first.tokens(),
            false,
            true,
            all,
            List.of(first.instance().pid("gateway"))));
    gateways.forEach(
        (name, gateway) -> {
          authorities.add(gateway.instance().ca());
          variants.add(
              new Variant(
                  name,
                  gateway.instance().gateway() + PATH,
                  gateway.tokens(),
                  true,
                  true,
                  name.equals(FORGETFUL) ? http1 : name.equals("gateway") ? all : noHttp2,
                  List.of(gateway.instance().pid("gateway"), gateway.instance().pid("useradm"))));
        });
    return variants;
  }

  private static Variant other(
      String name,
      Daemon daemon,
      Gateway tokensOf,
      boolean checksTokens,
      List<Load> loads,
      Long... asked) {
    List<Long> pids = new ArrayList<>(List.of(asked));
    pids.add(daemon.pid());
    String url = "https://127.0.0.1:" + daemon.port() + PATH;
    return new Variant(name, url, tokensOf.tokens(), checksTokens, false, loads, pids);
  }

  private record Gateway(RekeyUp instance, Load.Tokens tokens) {}

  private Gateway gateway(Path work, Path routes, String setting) {
    say("starting an instance with " + setting);
    List<String> settings = new ArrayList<>(options.settings());
    settings.add(setting);
    RekeyUp instance =
        lifecycle.manage(
            "instance", RekeyUp.start(work, settings, List.of("--routes", routes.toString())));
    ManagedChannel useradm = instance.asGateway("useradm");
    try {
      List<String> tokens = Logins.make(useradm, tokenCount);
      return new Gateway(instance, Load.Tokens.write(work, tokens));
    } finally {
      useradm.shutdownNow();
    }
  }

  private static Path routes(Path work, int upstream) {
    try {
      return Files.writeString(
          work.resolve("routes.yaml"),
          """
          routes:
            - path: %1$s
              upstream: http://127.0.0.1:%3$d
            - path: %2$s
              audience: anyone
              upstream: http://127.0.0.1:%3$d
          """
              .formatted(PATH, OPEN_PATH, upstream));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The public half of the key that the instance made for itself.
  private static Path publicKey(Path work, RekeyUp instance) {
    Path file = work.resolve("public.pem");
    Path key = instance.keys("useradm").resolve("private.pem");
    try {
      Process openssl =
          new ProcessBuilder(
                  "openssl", "pkey", "-in", key.toString(), "-pubout", "-out", file.toString())
              .inheritIO()
              .start();
      if (openssl.waitFor() != 0) {
        throw new IllegalStateException("openssl: no public key of " + key);
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while starting", e);
    }
  }

  private static void check(List<Variant> variants, Probe probe) {
    for (Variant variant : variants) {
      probe.requireGood(variant.url(), variant.tokens().one());
      if (variant.checksTokens()) {
        probe.requireVerdict(variant.url(), variant.tokens().one());
      }
    }
  }

  private void warmUp(List<Variant> variants, OpenClient steady) {
    for (Variant variant : variants) {
      try (MachineLock _ = MachineLock.take(options.lock())) {
        say("warming up: " + variant.name());
        if (variant.isOurs()) {
          // First of all, whatever is measured: nothing warms a JVM up as fast.
          warmUp(Load.HTTP1, variant, steady);
        }
        for (Load load : loads) {
          if (variant.isOurs() && load != Load.HTTP1 && variant.loads().contains(load)) {
            warmUp(load, variant, steady);
          } else if (load == Load.OPEN) { // for the sake of the client, which is a JVM too
            var _ = measure(load, variant, steady);
          }
        }
      }
    }
  }

  private void warmUp(Load load, Variant variant, OpenClient steady) {
    WarmUp.run(() -> measure(load, variant, steady).cpuMicros(), options.warmup());
  }

  private Sample measure(Load load, Variant variant, OpenClient steady) {
    Duration before = Cpu.usedBy(variant.pids());
    Load.Measured measured =
        load == Load.OPEN
            ? steady.run(variant.url(), variant.tokens(), options.seconds())
            : load.run(variant.url(), variant.tokens(), options.seconds());
    Duration used = Cpu.usedBy(variant.pids()).minus(before);
    return new Sample(
        measured.perSecond(),
        measured.p50Millis(),
        measured.p99Millis(),
        measured.p999Millis(),
        used.toNanos() / 1e3 / measured.requests());
  }

  private static List<Variant> of(List<Variant> variants, Load load) {
    return variants.stream().filter(variant -> variant.loads().contains(load)).toList();
  }

  private static Table table(List<Variant> variants, Load load, Map<Case, List<Sample>> samples) {
    Map<Variant, List<Sample>> byVariant = new HashMap<>();
    variants.forEach(
        variant ->
            byVariant.put(variant, samples.getOrDefault(new Case(load, variant), List.of())));
    Table table =
        new Table(
            "proxy",
            "requests per second",
            "of nginx's",
            "of auth_request's",
            "of HAProxy's",
            "p50 ms",
            "p99 ms",
            "p999 ms",
            "CPU µs per request");
    for (Variant variant : variants) {
      List<Sample> own = byVariant.getOrDefault(variant, List.of());
      table.row(
          variant.name(),
          spread(own, Sample::perSecond).text(0),
          ratio(own, byVariant.getOrDefault(variants.get(BARE), List.of())),
          ratio(own, byVariant.getOrDefault(variants.get(AUTH_REQUEST), List.of())),
          ratio(own, byVariant.getOrDefault(variants.get(HAPROXY), List.of())),
          spread(own, Sample::p50Millis).text(1),
          spread(own, Sample::p99Millis).text(1),
          spread(own, Sample::p999Millis).text(1),
          spread(own, Sample::cpuMicros).text(0));
    }
    return table;
  }

  /// Of rates, formed within each round.
  private static String ratio(List<Sample> own, List<Sample> others) {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < own.size(); round++) {
      ratios.add(own.get(round).perSecond() / others.get(round).perSecond());
    }
    return Spread.of(ratios).textWithRange(2);
  }

  private static Spread spread(List<Sample> samples, ToDoubleFunction<Sample> figure) {
    return Spread.of(samples.stream().map(figure::applyAsDouble).toList());
  }

  private static void say(String text) {
    System.err.println("bench: " + text);
  }
}
