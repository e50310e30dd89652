package org.rekey.cli.local;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.config.TlsSettings;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.tls.ServiceCredentials;

/// Whether a service can do its work: as its health service says, or its `/readyz`.
final class Readiness implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final TlsSettings operator;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  Readiness(TlsSettings operator) {
    this.operator = operator;
  }

  /// Asks over one connection until the answer is yes.
  Probe grpc(String name, String target) {
    ManagedChannel channel = Channels.open(target, name, new ServiceCredentials(operator));
    HostPort address = HostPort.of(target);
    return new Probe() {
      @Override
      public boolean isReady() {
        if (!isListening(address)) {
          return false;
        }
        try {
          // A service that is starting refuses connections; gRPC would wait ever longer before it
          // tries again.
          channel.resetConnectBackoff();
          return HealthGrpc.newBlockingStub(channel)
                  .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus()
              == ServingStatus.SERVING;
        } catch (StatusRuntimeException e) {
          return false;
        }
      }

      @Override
      public void close() {
        channel.shutdownNow();
      }
    };
  }

  Probe management(String address) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + "/readyz"))
            .timeout(PATIENCE)
            .build();
    HostPort listener = HostPort.of(address);
    return () -> {
      try {
        return isListening(listener)
            && http.send(request, BodyHandlers.discarding()).statusCode() == 200;
      } catch (IOException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    };
  }

  /// A connection costs next to nothing; what comes after it costs the machine that is busy starting.
  static boolean isListening(HostPort address) {
    try (var socket = new Socket()) {
      socket.connect(address.toSocketAddress(), (int) PATIENCE.toMillis());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  /// A question that is asked until the answer is yes.
  interface Probe extends AutoCloseable {
    boolean isReady();

    @Override
    default void close() {}
  }
}
