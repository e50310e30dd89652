package org.rekey.runtime.grpc;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.util.concurrent.TimeUnit;

/// Whether another service does its work now: its own word, asked afresh.
public final class Serving {
  private static final long PATIENCE_MILLIS = 800;

  private Serving() {}

  /// Empty, or that no replica answers, or that one says it cannot serve yet. Blocks for less than
  /// a second.
  ///
  /// @param service its name in the text, e.g. `useradm`
  public static String lacks(ManagedChannel channel, String service) {
    try {
      ServingStatus status =
          HealthGrpc.newBlockingStub(channel)
              .withDeadlineAfter(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
              .check(HealthCheckRequest.getDefaultInstance())
              .getStatus();
      return status == ServingStatus.SERVING ? "" : service + "-svc cannot serve yet";
    } catch (StatusRuntimeException e) {
      return service + "-svc cannot be reached";
    }
  }
}
