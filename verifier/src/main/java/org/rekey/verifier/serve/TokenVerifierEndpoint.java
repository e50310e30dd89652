package org.rekey.verifier.serve;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.rekey.proto.auth.v1.Accepted;
import org.rekey.proto.auth.v1.Refused;
import org.rekey.proto.auth.v1.Unavailable;
import org.rekey.proto.auth.v1.VerdictBatch;
import org.rekey.proto.auth.v1.VerifyBatch;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.proto.auth.v1.VerifyResponse;
import org.rekey.verifier.token.CertificateThumbprint;
import org.rekey.verifier.token.ReadToken;
import org.rekey.verifier.token.Reason;

/// `rekey.auth.v1.TokenVerifier`. Its methods never block, so a server may call them on its event
/// loop.
public final class TokenVerifierEndpoint {
  private final TokenVerdicts verdicts;
  private final TokenPlaces places = new TokenPlaces();

  public TokenVerifierEndpoint(TokenVerdicts verdicts) {
    this.verdicts = verdicts;
  }

  public CompletionStage<VerifyResponse> verify(VerifyRequest request) {
    return judge(
            verdicts,
            verdicts.read(request.getToken().toByteArray()),
            request.getCertificateSha256())
        .thenCompose(TokenVerifierEndpoint::alone);
  }

  /// @param certificate SHA-256 of the one that the client has shown; empty: none
  static CompletionStage<Verdict> judge(
      TokenVerdicts verdicts, ReadToken token, ByteString certificate) {
    int shown = certificate.size();
    if (shown != 0 && shown != CertificateThumbprint.BYTES) {
      return CompletableFuture.completedFuture(new Verdict.Refused(Reason.CERTIFICATE_MISMATCH));
    }
    return verdicts.of(token, CertificateThumbprint.of(certificate.toByteArray()));
  }

  public StreamObserver<VerifyBatch> verifyStream(StreamObserver<VerdictBatch> answers) {
    return new VerdictStream(verdicts, places, (ServerCallStreamObserver<VerdictBatch>) answers);
  }

  private static CompletionStage<VerifyResponse> alone(Verdict verdict) {
    return verdict instanceof Verdict.Unavailable(String cause)
        ? CompletableFuture.failedFuture(
            Status.UNAVAILABLE.withDescription(cause).asRuntimeException())
        : CompletableFuture.completedFuture(toProto(verdict));
  }

  static VerifyResponse toProto(Verdict verdict) {
    VerifyResponse.Builder response = VerifyResponse.newBuilder();
    switch (verdict) {
      case Verdict.Accepted accepted -> response.setAccepted(toProto(accepted));
      case Verdict.Refused refused ->
          response.setRefused(Refused.newBuilder().setReason(refused.reason().toProto()));
      case Verdict.Unavailable unavailable ->
          response.setUnavailable(Unavailable.newBuilder().setCause(unavailable.cause()));
    }
    return response.build();
  }

  private static Accepted toProto(Verdict.Accepted accepted) {
    Accepted.Builder proto =
        Accepted.newBuilder()
            .setSubject(accepted.subject())
            .setTokenId(accepted.tokenId())
            .setKid(accepted.kid())
            .setKind(accepted.kind().toProto());
    Instant expiresAt = accepted.expiresAt();
    if (expiresAt != null) {
      proto.setExpiresAt(Timestamp.newBuilder().setSeconds(expiresAt.getEpochSecond()));
    }
    CertificateThumbprint certificate = accepted.certificate();
    if (certificate != null) {
      proto.setCertificateSha256(ByteString.copyFrom(certificate.sha256()));
    }
    return proto.build();
  }
}
