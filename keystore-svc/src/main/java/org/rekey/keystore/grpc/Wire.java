package org.rekey.keystore.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.HexFormat;
import org.rekey.keystore.VerifierReport;
import org.rekey.keystore.Verifiers;
import org.rekey.keystore.files.Finding;
import org.rekey.keystore.log.Impact;
import org.rekey.keystore.plan.TokenUsage;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.KidVerdicts;
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
        request.hasUsageAge() ? now.minus(duration(request.getUsageAge())) : null,
        request.getVerdictsList().stream()
            .map(one -> new VerifierReport.Verdicts(one.getRing(), one.getKid(), one.getAccepted()))
            .toList(),
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
        .setDiverged(verifier.diverged())
        .addAllVerdicts(
            report.verdicts().stream()
                .map(
                    one ->
                        KidVerdicts.newBuilder()
                            .setRing(one.ring())
                            .setKid(one.kid())
                            .setAccepted(one.accepted())
                            .build())
                .toList())
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

  static KeyUsage usage(TokenUsage usage) {
    var message =
        KeyUsage.newBuilder()
            .setRing(usage.ring())
            .setKid(usage.kid())
            .setSessions(usage.sessions())
            .setPersonalAccessTokens(usage.personalAccessTokens())
            .setDeviceTokens(usage.deviceTokens())
            .setNeverExpires(usage.neverExpires())
            .setOwners(usage.owners())
            .setAnyKid(usage.anyKid());
    if (usage.lastExpiry() != null) {
      message.setLastExpiry(timestamp(usage.lastExpiry()));
    }
    usage
        .topOwners()
        .forEach(
            owner ->
                message
                    .addTopOwnersBuilder()
                    .setId(owner.id())
                    .setName(owner.name())
                    .setTokens(owner.tokens()));
    return message.build();
  }

  static org.rekey.proto.keystore.v1.Impact impact(Impact impact) {
    return org.rekey.proto.keystore.v1.Impact.newBuilder()
        .setSessions(impact.sessions())
        .setPersonalAccessTokens(impact.personalAccessTokens())
        .setDeviceTokens(impact.deviceTokens())
        .setOwners(impact.owners())
        .setCountedAt(timestamp(impact.countedAt()))
        .build();
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
        usage.getNeverExpires(),
        usage.getOwners(),
        usage.getTopOwnersList().stream()
            .map(owner -> new TokenUsage.Owner(owner.getId(), owner.getName(), owner.getTokens()))
            .toList(),
        usage.getAnyKid());
  }

  private static org.rekey.proto.keystore.v1.Finding.Severity severity(Finding.Severity severity) {
    return switch (severity) {
      case REFUSED -> org.rekey.proto.keystore.v1.Finding.Severity.SEVERITY_REFUSED;
      case NOTE -> org.rekey.proto.keystore.v1.Finding.Severity.SEVERITY_NOTE;
    };
  }
}
