package org.rekey.keystore.grpc;

import io.grpc.ServerServiceDefinition;
import java.time.InstantSource;
import java.util.List;
import org.rekey.keystore.UsageCounts;
import org.rekey.keystore.Verifiers;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.LogCopies;
import org.rekey.proto.keystore.v1.KeyLogGrpc;
import org.rekey.proto.keystore.v1.ReadRequest;
import org.rekey.proto.keystore.v1.ReportRequest;
import org.rekey.proto.keystore.v1.ReportResponse;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.grpc.Caller;
import org.rekey.runtime.grpc.ResponseStream;
import org.rekey.runtime.grpc.RpcFailure;
import org.rekey.runtime.grpc.RpcService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `rekey.keystore.v1.KeyLog`.
public final class KeyLogEndpoint {
  private static final Logger LOG = LoggerFactory.getLogger(KeyLogEndpoint.class);
  private static final int PAGE = 256;

  private final KeyHistory history;
  private final LogCopies copies;
  private final Verifiers verifiers;
  private final UsageCounts counts;
  private final InstantSource clock;

  public KeyLogEndpoint(
      KeyHistory history,
      LogCopies copies,
      Verifiers verifiers,
      UsageCounts counts,
      InstantSource clock) {
    this.history = history;
    this.copies = copies;
    this.verifiers = verifiers;
    this.counts = counts;
    this.clock = clock;
  }

  public ServerServiceDefinition service() {
    return RpcService.of(KeyLogGrpc.getServiceDescriptor())
        .serverStream(KeyLogGrpc.getReadMethod(), this::read)
        .unary(KeyLogGrpc.getReportMethod(), this::report)
        .build();
  }

  /// (i) of ADR 12: a caller who was told all may call a kid unknown, so all must be told.
  private void read(ReadRequest request, ResponseStream<SignedKeyEvent> stream) {
    long epoch = request.getAfterEpoch();
    refresh();
    if (isBeyond(epoch)) {
      throw beyond("after_epoch", epoch);
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
    if (epoch < 0) {
      throw beyond("epoch", epoch);
    }
    if (request.hasNewest()) {
      copies.compare("verifier " + request.getVerifier(), List.of(request.getNewest()));
    }
    var report = Wire.report(request, Caller.current().name(), clock.instant());
    return switch (verifiers.report(report)) {
      case AHEAD -> throw beyond("epoch", epoch);
      case NOT_WRITTEN -> throw RpcFailure.unavailable("the report cannot be written down now");
      case TAKEN ->
          ReportResponse.newBuilder()
              .setHeadEpoch(history.head())
              .setLease(Wire.duration(verifiers.lease()))
              .setCountUsage(counts.wants(report))
              .build();
    };
  }

  private void refresh() {
    try {
      history.refresh();
    } catch (SettingsException e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.atDebug().setCause(e).log("The journal cannot be read");
      throw RpcFailure.unavailable("the journal cannot be read now");
    }
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
