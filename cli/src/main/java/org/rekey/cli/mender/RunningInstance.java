package org.rekey.cli.mender;

import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import org.rekey.cli.CommandFailed;
import org.rekey.cli.client.Operator;
import org.rekey.proto.useradm.v1.TakeOverRecord;
import org.rekey.proto.useradm.v1.TakeOverRequest;
import org.rekey.proto.useradm.v1.TakeOverResult;

/// The instance that the operator speaks to. A call that failed for a passing reason is made again,
/// which does no harm: what is there already stays as it is.
record RunningInstance(Operator operator) implements Destination {
  private static final List<Duration> PAUSES =
      List.of(Duration.ofMillis(200), Duration.ofSeconds(1), Duration.ofSeconds(5));

  @Override
  public List<TakeOverResult> take(List<TakeOverRecord> records) {
    TakeOverRequest request = TakeOverRequest.newBuilder().addAllRecords(records).build();
    for (Duration pause : PAUSES) {
      try {
        return results(request);
      } catch (StatusRuntimeException e) {
        if (!isPassing(e)) {
          throw e;
        }
        sleep(pause);
      }
    }
    return results(request);
  }

  private List<TakeOverResult> results(TakeOverRequest request) {
    List<TakeOverResult> results = operator.takeover().takeOver(request).getResultsList();
    if (results.size() != request.getRecordsCount()) {
      throw new CommandFailed(
          "useradm-svc gave %d results (expected: %d)"
              .formatted(results.size(), request.getRecordsCount()));
    }
    return results;
  }

  private static boolean isPassing(StatusRuntimeException e) {
    return switch (e.getStatus().getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED -> true;
      default -> false;
    };
  }

  private static void sleep(Duration pause) {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed("interrupted", e);
    }
  }
}
