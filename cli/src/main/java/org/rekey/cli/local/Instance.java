package org.rekey.cli.local;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.CommandFailed;

/// Everything on this machine, running on one data directory: PostgreSQL, Kafka and the four
/// services, each a process of its own that ends with this one.
public final class Instance implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofMinutes(5);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final List<List<String>> STOP_ORDER =
      List.of(
          List.of("gateway"),
          List.of("useradm", "deviceauth"),
          List.of("keystore"),
          List.of("kafka", "postgres"));
  private static final Duration STOP_LIMIT = Duration.ofMillis(2_200);
  private static final int SEARCHED_LOG_LINES = 40;
  private static final int TOLD_LOG_LINES = 8;

  private final Options options;
  private final DataDirectory data;
  private final Progress progress;
  private final InstantSource clock;
  private final SecureRandom random;
  private final DirectoryLock lock;
  private final Pids pids;
  private final Secrets secrets;
  private final Map<String, Supervised> children = new LinkedHashMap<>();
  private final Executor threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("restarts").factory());

  private @Nullable Services services;
  private @Nullable Certificates certificates;
  private @Nullable Postgres postgres;
  private @Nullable KafkaBroker kafka;
  private volatile boolean isReady;
  private boolean isStopping;

  /// What the operator chose.
  ///
  /// @param httpsPort 0: any free one
  /// @param routes the gateway's; null: none
  /// @param heaps of services that shall not have the usual one
  public record Options(
      Path data, int httpsPort, @Nullable Path routes, List<Setting> settings, List<Heap> heaps) {}

  /// Takes hold of the data directory, and ends what a killed run has left in it.
  public Instance(Options options, Progress progress, InstantSource clock, SecureRandom random) {
    this.options = options;
    this.progress = progress;
    this.clock = clock;
    this.random = random;
    this.data = createData(options.data());
    this.lock = DirectoryLock.take(data, ProcessHandle.current().pid());
    this.pids = new Pids(data.pids());
    this.secrets = new Secrets(data.secrets(), random);
  }

  public DataDirectory data() {
    return data;
  }

  /// Returns when every service can do its work.
  public RunFile start() {
    RunFile.delete(data);
    PostgresBinaries binaries = PostgresBinaries.unpacked(System.getenv());
    endLeftovers(binaries);
    Ports ports = new Ports(data.ports(), random);
    int httpsPort = httpsPort(ports);
    JavaProgram java = JavaProgram.ofThisProcess();
    Postgres database = new Postgres(data, binaries, secrets, ports.of("postgres"));
    KafkaBroker broker =
        new KafkaBroker(data, java, ports.of("kafka"), ports.of("kafka-controller"));
    postgres = database;
    kafka = broker;
    Certificates issued = Certificates.ensure(data, clock.instant(), random);
    certificates = issued;
    Services plan =
        new Services(
            data,
            java,
            issued,
            secrets,
            database,
            broker,
            ports,
            httpsPort,
            routes(),
            options.settings(),
            options.heaps());
    services = plan;
    ports.save();
    KeyMaterial.ensureLogKey(data);
    progress.done("certificates and ports");
    bringUp(plan, database, broker);
    synchronized (this) {
      isReady = true;
      return writeRunFile();
    }
  }

  private void bringUp(Services plan, Postgres database, KafkaBroker broker) {
    var kafkaUp =
        run(
            () -> {
              awaitReady(startChild(broker.program()), broker::isListening);
              progress.done("Kafka on " + broker.bootstrap());
            });
    var keys = run(() -> makeFirstKeys(plan));
    var databaseUp =
        run(
            () -> {
              database.initialise();
              awaitReady(startChild(database.program()), database::prepare);
              progress.done("PostgreSQL on " + database.jdbcUrl().replaceAll("^.*//|/.*$", ""));
            });
    List<CompletableFuture<Void>> all = new ArrayList<>(List.of(kafkaUp));
    for (String name : Services.ALL) {
      var before =
          switch (name) {
            case "gateway" -> CompletableFuture.<Void>completedFuture(null);
            // The others find keys when there are any.
            case "keystore" -> CompletableFuture.allOf(keys, databaseUp);
            default -> databaseUp;
          };
      all.add(before.thenRunAsync(() -> bringUp(plan, name), threads));
    }
    join(all);
    // It was up first, and may not have found yet those that came after it.
    awaitReady(plan, child("gateway"));
  }

  private synchronized Supervised child(String name) {
    return Objects.requireNonNull(children.get(name), name);
  }

  private void awaitReady(Services plan, Supervised child) {
    var readiness = new Readiness(plan.management(child.name()));
    awaitReady(child, readiness::isReady, readiness::lacks);
  }

  private void bringUp(Services plan, String name) {
    awaitReady(plan, startChild(plan.program(name)));
    progress.done(
        name.equals("gateway")
            ? "gateway on https port " + plan.httpsPort()
            : name + " on " + plan.grpc(name));
  }

  private void makeFirstKeys(Services plan) {
    for (String ring : Services.RINGS) {
      Path file = plan.configuredKey(ring);
      if (KeyMaterial.ensureFirstKey(file)) {
        progress.done("a first key for the ring " + ring + ": " + file);
      }
    }
  }

  /// Waits for all, and fails as soon as the first of them does.
  private static void join(List<CompletableFuture<Void>> all) {
    var failed = new CompletableFuture<Void>();
    var watched =
        all.stream()
            .map(
                each ->
                    each.whenComplete(
                        (_, error) -> {
                          if (error != null) {
                            failed.completeExceptionally(error);
                          }
                        }))
            .toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.anyOf(failed, CompletableFuture.allOf(watched)).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof CommandFailed told ? told : e;
    }
  }

  private CompletableFuture<Void> run(Runnable step) {
    return CompletableFuture.runAsync(step, threads);
  }

  private synchronized Supervised startChild(Program program) {
    if (isStopping) {
      throw new CommandFailed("stopped while it was starting");
    }
    var child = new Supervised(program, pids, progress, this::restarted, timer);
    children.put(program.name(), child);
    child.start();
    return child;
  }

  public synchronized boolean isStopping() {
    return isStopping;
  }

  private void awaitReady(Supervised child, BooleanSupplier isUp) {
    awaitReady(child, isUp, () -> "it does not answer yet");
  }

  private void awaitReady(Supervised child, BooleanSupplier isUp, Supplier<String> lacks) {
    long limit = System.nanoTime() + START_LIMIT.toNanos();
    while (!isUp.getAsBoolean()) {
      if (isStopping()) {
        throw new CommandFailed("stopped while it was starting");
      }
      child
          .failure()
          .ifPresent(
              why -> {
                throw startFailed(child, why);
              });
      if (System.nanoTime() > limit) {
        throw startFailed(
            child,
            "%s is not ready after %d s: %s"
                .formatted(child.name(), START_LIMIT.toSeconds(), lacks.get()));
      }
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CommandFailed("stopped while it was starting", e);
      }
    }
    child.ready();
  }

  private static CommandFailed startFailed(Supervised child, String why) {
    List<String> last = child.program().lastLines(SEARCHED_LOG_LINES);
    List<String> errors = last.stream().filter(line -> line.contains(" ERROR ")).toList();
    List<String> told = errors.isEmpty() ? last : errors;
    String lines =
        told.stream()
            .skip(Math.max(0, told.size() - TOLD_LOG_LINES))
            .map(line -> "\n  " + line)
            .collect(Collectors.joining());
    return new CommandFailed("%s; its log, %s:%s".formatted(why, child.program().log(), lines));
  }

  private synchronized void restarted() {
    if (isReady && !isStopping) {
      writeRunFile();
    }
  }

  private RunFile writeRunFile() {
    Services plan = services;
    Certificates issued = certificates;
    KafkaBroker broker = kafka;
    Postgres database = postgres;
    if (plan == null || issued == null || broker == null || database == null) {
      throw new IllegalStateException("not started");
    }
    Map<String, Long> running = new LinkedHashMap<>();
    children.forEach((name, child) -> running.put(name, child.pid()));
    database.server().ifPresent(server -> running.put("postgres", server.pid()));
    var run =
        new RunFile(
            "https://localhost:" + plan.httpsPort(),
            issued.https().ca().toString(),
            byName(Services.RINGS, ring -> plan.keyDirectory(ring).toString()),
            broker.bootstrap(),
            byName(Services.WITH_GRPC, plan::grpc),
            byName(Services.ALL, plan::management),
            ProcessHandle.current().pid(),
            running);
    run.write(data);
    return run;
  }

  private static Map<String, String> byName(
      List<String> names, java.util.function.Function<String, String> value) {
    Map<String, String> map = new LinkedHashMap<>();
    names.forEach(name -> map.put(name, value.apply(name)));
    return map;
  }

  private void endLeftovers(PostgresBinaries binaries) {
    List<String> ended = new ArrayList<>();
    if (Postgres.endLeftover(data, binaries, secrets)) {
      ended.add("postgres");
    }
    pids.endLeftovers().stream().filter(name -> !ended.contains(name)).forEach(ended::add);
    if (!ended.isEmpty()) {
      progress.notice(
          "an earlier run was killed; what it left has been ended: " + String.join(", ", ended));
    }
  }

  private int httpsPort(Ports ports) {
    int chosen = options.httpsPort();
    if (chosen == 0) {
      return ports.anyFreeEverywhere("https");
    }
    if (!Ports.isFreeEverywhere(chosen)) {
      throw new CommandFailed(
          "--https-port: %d is taken (expected: a free one; 0 takes any)".formatted(chosen));
    }
    return chosen;
  }

  private @Nullable Path routes() {
    Path chosen = options.routes();
    if (chosen != null && !Files.isReadable(chosen)) {
      throw new CommandFailed("--routes: " + chosen + ": cannot be read");
    }
    return chosen == null ? null : chosen.toAbsolutePath();
  }

  private static DataDirectory createData(Path path) {
    try {
      return DataDirectory.create(path);
    } catch (UncheckedIOException e) {
      throw new CommandFailed("--data: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    stop();
  }

  /// Whether a stop will take some seconds more, because programs keep classes for the next start.
  public synchronized boolean keepsClasses() {
    return children.values().stream().map(Supervised::program).anyMatch(Program::keepsClasses);
  }

  /// Stops everything, those first that others don't need. Whoever takes too long is killed: all is
  /// over within ten seconds, and within a minute when classes are kept. Answers false when it was
  /// told so before.
  public boolean stop() {
    List<List<Supervised>> order;
    synchronized (this) {
      if (isStopping) {
        return false;
      }
      isStopping = true;
      timer.shutdownNow();
      order =
          STOP_ORDER.stream()
              .map(
                  names -> names.stream().filter(children::containsKey).map(children::get).toList())
              .toList();
    }
    RunFile.delete(data);
    for (List<Supervised> group : order) {
      group.forEach(Supervised::stop);
      group.stream()
          .map(child -> run(() -> child.stopped(STOP_LIMIT)))
          .toList()
          .forEach(CompletableFuture::join);
    }
    lock.close();
    return true;
  }
}
