package org.rekey.e2e.platform;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.AbstractStub;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.local.JavaProgram;
import org.rekey.cli.local.Program;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.proto.auth.v1.VerifyResponse;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.server.ServiceMain;
import org.rekey.testkit.TestAuthority;

/// One service in a process of its own, which can be killed, stopped in its tracks and started
/// again at its ports, and asked directly, past the gateway. It never outlives this JVM.
public abstract sealed class ServiceProcess implements AutoCloseable
    permits Replica, DeviceReplica {
  private static final int HEAP_MEGABYTES = 128;

  /// A channel that was cut off may take a while to try again; calls wait for it.
  private static final long DEADLINE_SECONDS = 30;

  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final String service;
  private final String mainClass;
  private final int port = Platform.freePort();
  private final int managementPort = Platform.freePort();
  private final Map<String, String> environment;
  private final Path log;
  private final ManagedChannel asGateway;
  private final ManagedChannel asOperator;
  private @Nullable Program program;
  private @Nullable Process process;
  private boolean wasReady;

  /// @param service its name, which is that of its variables in upper case
  ServiceProcess(
      String service,
      int index,
      String mainClass,
      Path directory,
      Map<String, String> settings,
      TestAuthority authority) {
    this.service = service;
    this.mainClass = mainClass;
    this.log = directory.resolve(service + "-" + index + ".log");
    this.environment = new HashMap<>(settings);
    String prefix = service.toUpperCase(Locale.ROOT);
    environment.put(prefix + "_LISTEN", "127.0.0.1:" + port);
    environment.put(prefix + "_MANAGEMENT_LISTEN", "127.0.0.1:" + managementPort);
    environment.put("REKEY_LOG_FORMAT", "text");
    environment.put(ServiceMain.STOP_WITH_STDIN, "true");
    this.asGateway = Channels.open(target(), service, authority.credentials("gateway"));
    this.asOperator = Channels.open(target(), service, authority.credentials("operator"));
  }

  String target() {
    return "127.0.0.1:" + port;
  }

  /// The process's output.
  public Path log() {
    return log;
  }

  /// Returns before it is ready; see [#awaitReady].
  public void start() {
    JavaProgram java = Packaged.java();
    List<String> command = java.command(HEAP_MEGABYTES, mainClass, "-XX:TieredStopAtLevel=1");
    wasReady = false;
    program = java.program(service, command, environment, log);
    try {
      process = program.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void awaitReady() {
    await().atMost(START_LIMIT).ignoreExceptions().until(this::isReady);
    wasReady = true;
  }

  private boolean isReady() {
    return HealthGrpc.newBlockingStub(asOperator)
            .withWaitForReady()
            .withDeadlineAfter(2, TimeUnit.SECONDS)
            .check(HealthCheckRequest.getDefaultInstance())
            .getStatus()
        == ServingStatus.SERVING;
  }

  /// SIGKILL: no goodbye to anybody.
  public void kill9() {
    try {
      running().destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  public void pause() {
    Signals.pause(running().pid());
  }

  public void resume() {
    Signals.resume(running().pid());
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException(log + ": was not started");
    }
    return process;
  }

  /// Its own verdict.
  public VerifyResponse verify(String token) {
    return asGateway(TokenVerifierGrpc::newBlockingStub)
        .verify(VerifyRequest.newBuilder().setToken(ByteString.copyFromUtf8(token)).build());
  }

  public boolean accepts(String token) {
    return verify(token).hasAccepted();
  }

  <S extends AbstractStub<S>> S asGateway(Function<Channel, S> stub) {
    return patient(stub.apply(asGateway));
  }

  <S extends AbstractStub<S>> S asOperator(Function<Channel, S> stub) {
    return patient(stub.apply(asOperator));
  }

  private static <S extends AbstractStub<S>> S patient(S stub) {
    return stub.withWaitForReady().withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  /// What it tells Prometheus.
  public String metrics() {
    URI metrics = URI.create("http://127.0.0.1:" + managementPort + "/metrics");
    try (InputStream in = metrics.toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The sum of a metric over its labels; 0 when it is not there.
  public double metric(String metric) {
    return metrics()
        .lines()
        .filter(line -> line.startsWith(metric + " ") || line.startsWith(metric + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Override
  public void close() {
    asGateway.shutdownNow();
    asOperator.shutdownNow();
    if (program != null && process != null) {
      Packaged.end(program, process, wasReady);
    }
  }
}
