package org.rekey.keystore.grpc;

import io.grpc.ServerServiceDefinition;
import java.time.InstantSource;
import java.util.List;
import org.rekey.keystore.Verifiers;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.proto.keystore.v1.KeyLogGrpc;
import org.rekey.proto.keystore.v1.ReadRequest;
import org.rekey.proto.keystore.v1.ReportRequest;
import org.rekey.proto.keystore.v1.ReportResponse;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.runtime.grpc.Caller;
import org.rekey.runtime.grpc.ResponseStream;
import org.rekey.runtime.grpc.RpcFailure;
import org.rekey.runtime.grpc.RpcService;

/// `rekey.keystore.v1.KeyLog`.
public final class KeyLogEndpoint {
  private static final int PAGE = 256;

  private final KeyHistory history;
  private final Verifiers verifiers;
  private final InstantSource clock;

  public KeyLogEndpoint(KeyHistory history, Verifiers verifiers, InstantSource clock) {
    this.history = history;
    this.verifiers = verifiers;
    this.clock = clock;
  }

  public ServerServiceDefinition service() {
    return RpcService.of(KeyLogGrpc.getServiceDescriptor())
        .serverStream(KeyLogGrpc.getReadMethod(), this::read)
        .unary(KeyLogGrpc.getReportMethod(), this::report)
        .build();
  }

  private void read(ReadRequest request, ResponseStream<SignedKeyEvent> stream) {
    long epoch = request.getAfterEpoch();
    if (isBeyond(epoch)) {
      history.refresh();
      if (isBeyond(epoch)) {
        throw beyond("after_epoch", epoch);
      }
    }
    while (true) {
      List<SignedKeyEvent> page = history.after(epoch, PAGE);
      if (page.isEmpty()) {
        return;
      }
      page.forEach(stream::send);
      epoch += page.size();
    }
  }

  private ReportResponse report(ReportRequest request) {
    var epoch = request.getEpoch();
    if (epoch < 0
        || !verifiers.report(Wire.report(request, Caller.current().name(), clock.instant()))) {
      throw beyond("epoch", epoch);
    }
    return ReportResponse.newBuilder()
        .setHeadEpoch(history.head())
        .setLease(Wire.duration(verifiers.lease()))
        .build();
  }

  private boolean isBeyond(long epoch) {
    return Long.compareUnsigned(epoch, history.head()) > 0;
  }

  private RpcFailure beyond(String field, long epoch) {
    return RpcFailure.outOfRange(
        "%s: %s (expected: at most %d; another key log was followed)"
            .formatted(field, Long.toUnsignedString(epoch), history.head()));
  }
}
