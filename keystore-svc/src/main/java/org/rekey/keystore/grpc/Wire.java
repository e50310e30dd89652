package org.rekey.keystore.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.HexFormat;
import org.rekey.keystore.TokenUsage;
import org.rekey.keystore.VerifierReport;
import org.rekey.keystore.Verifiers;
import org.rekey.keystore.files.Finding;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.ReportRequest;
import org.rekey.proto.keystore.v1.Verifier;

/// Domain values to messages and back.
final class Wire {
  private static final HexFormat HEX = HexFormat.of();

  private Wire() {}

  static VerifierReport report(ReportRequest request, String caller, Instant now) {
    return new VerifierReport(
        caller,
        request.getVerifier(),
        request.getEpoch(),
        HEX.formatHex(request.getKeySetHash().toByteArray()),
        request.getAlgsList(),
        request.getUsageList().stream().map(Wire::usage).toList(),
        duration(request.getPropagation()),
        now);
  }

  static Verifier verifier(Verifiers.Verifier verifier) {
    var report = verifier.report();
    return Verifier.newBuilder()
        .setName(report.name())
        .setCaller(report.caller())
        .setEpoch(report.epoch())
        .setKeySetHash(ByteString.copyFrom(HEX.parseHex(report.keySetHash())))
        .addAllAlgs(report.algs())
        .setReportedAt(timestamp(report.reportedAt()))
        .setLive(verifier.live())
        .setPropagation(duration(report.propagation()))
        .build();
  }

  static org.rekey.proto.keystore.v1.Finding finding(String ring, Finding finding) {
    var message =
        org.rekey.proto.keystore.v1.Finding.newBuilder()
            .setRing(ring)
            .setFile(finding.file().toString())
            .setSeverity(severity(finding.severity()))
            .setRule(finding.rule().id())
            .setMessage(finding.message());
    if (finding.kid() != null) {
      message.setKid(finding.kid());
    }
    return message.build();
  }

  static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  static Duration duration(java.time.Duration duration) {
    return Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  static java.time.Duration duration(Duration duration) {
    return java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }

  private static TokenUsage usage(KeyUsage usage) {
    return new TokenUsage(
        usage.getRing(),
        usage.getKid(),
        usage.getSessions(),
        usage.getPersonalAccessTokens(),
        usage.getDeviceTokens(),
        usage.hasLastExpiry()
            ? Instant.ofEpochSecond(
                usage.getLastExpiry().getSeconds(), usage.getLastExpiry().getNanos())
            : null,
        usage.getNeverExpires());
  }

  private static org.rekey.proto.keystore.v1.Finding.Severity severity(Finding.Severity severity) {
    return switch (severity) {
      case REFUSED -> org.rekey.proto.keystore.v1.Finding.Severity.SEVERITY_REFUSED;
      case NOTE -> org.rekey.proto.keystore.v1.Finding.Severity.SEVERITY_NOTE;
    };
  }
}
