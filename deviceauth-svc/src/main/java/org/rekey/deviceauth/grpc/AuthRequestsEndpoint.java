package org.rekey.deviceauth.grpc;

import io.grpc.ServerServiceDefinition;
import java.util.Objects;
import org.rekey.deviceauth.AuthRequests;
import org.rekey.deviceauth.CertificateEvidence;
import org.rekey.deviceauth.CertifiedMember;
import org.rekey.deviceauth.KeyRotationStore;
import org.rekey.deviceauth.KeyRotations;
import org.rekey.proto.deviceauth.v1.AuthRequestsGrpc;
import org.rekey.proto.deviceauth.v1.AuthenticateRequest;
import org.rekey.proto.deviceauth.v1.AuthenticateResponse;
import org.rekey.proto.deviceauth.v1.BadAuthRequest;
import org.rekey.proto.deviceauth.v1.BadSignature;
import org.rekey.proto.deviceauth.v1.CertificateMismatch;
import org.rekey.proto.deviceauth.v1.DeviceCertificate;
import org.rekey.proto.deviceauth.v1.IssuedToken;
import org.rekey.proto.deviceauth.v1.KeyNotTaken;
import org.rekey.proto.deviceauth.v1.KeyTaken;
import org.rekey.proto.deviceauth.v1.NotAuthorized;
import org.rekey.proto.deviceauth.v1.OfferKeyRequest;
import org.rekey.proto.deviceauth.v1.OfferKeyResponse;
import org.rekey.proto.deviceauth.v1.TooManyNewDevices;
import org.rekey.runtime.grpc.RpcFailure;
import org.rekey.runtime.grpc.RpcService;
import org.rekey.verifier.token.CertificateThumbprint;

/// `rekey.deviceauth.v1.AuthRequests`.
public final class AuthRequestsEndpoint {
  private final AuthRequests requests;
  private final KeyRotations rotations;

  public AuthRequestsEndpoint(AuthRequests requests, KeyRotations rotations) {
    this.requests = requests;
    this.rotations = rotations;
  }

  public ServerServiceDefinition bind() {
    return RpcService.of(AuthRequestsGrpc.getServiceDescriptor())
        .unary(AuthRequestsGrpc.getAuthenticateMethod(), this::authenticate)
        .unary(AuthRequestsGrpc.getOfferKeyMethod(), this::offer)
        .build();
  }

  AuthenticateResponse authenticate(AuthenticateRequest request) {
    AuthenticateResponse.Builder response = AuthenticateResponse.newBuilder();
    switch (requests.authenticate(
        request.getBody().toByteArray(),
        request.getSignature(),
        request.getSourceAddress(),
        request.hasCertificate() ? evidence(request.getCertificate()) : null)) {
      case AuthRequests.Issued issued ->
          response.setIssued(
              IssuedToken.newBuilder()
                  .setToken(issued.token())
                  .setTokenId(issued.tokenId())
                  .setKid(issued.kid())
                  .setKeyRotationChallenge(issued.challenge()));
      case AuthRequests.NotAuthorized refused ->
          response.setNotAuthorized(
              NotAuthorized.newBuilder()
                  .setStatus(Wire.toProto(refused.status()))
                  .setLimitReached(refused.limitReached())
                  .setCertificateNeeded(refused.certificateNeeded()));
      case AuthRequests.BadSignature _ ->
          response.setBadSignature(BadSignature.getDefaultInstance());
      case AuthRequests.Malformed malformed ->
          response.setBadRequest(BadAuthRequest.newBuilder().setMessage(malformed.message()));
      case AuthRequests.TooMany tooMany ->
          response.setTooMany(
              TooManyNewDevices.newBuilder().setRetryAfter(Wire.toProto(tooMany.retryAfter())));
      case AuthRequests.Mismatch mismatch ->
          response.setCertificateMismatch(
              CertificateMismatch.newBuilder().setMessage(mismatch.why()));
      case AuthRequests.Away away -> throw RpcFailure.unavailable(away.cause());
    }
    return response.build();
  }

  OfferKeyResponse offer(OfferKeyRequest request) {
    OfferKeyResponse.Builder response = OfferKeyResponse.newBuilder();
    switch (rotations.offer(request.getBody().toByteArray(), request.getSignature())) {
      case KeyRotations.Taken _ -> response.setTaken(KeyTaken.getDefaultInstance());
      case KeyRotations.Refused refused -> response.setNotTaken(notTaken(rule(refused.rule())));
      case KeyRotations.Conflict _ ->
          response.setNotTaken(notTaken(KeyNotTaken.Rule.RULE_CONFLICT));
      case KeyRotations.NotAuthorized refused ->
          response.setNotAuthorized(
              NotAuthorized.newBuilder().setStatus(Wire.toProto(refused.status())));
      case KeyRotations.BadSignature _ ->
          response.setBadSignature(BadSignature.getDefaultInstance());
      case KeyRotations.Malformed malformed ->
          response.setBadRequest(BadAuthRequest.newBuilder().setMessage(malformed.message()));
    }
    return response.build();
  }

  private static KeyNotTaken notTaken(KeyNotTaken.Rule rule) {
    return KeyNotTaken.newBuilder().setRule(rule).build();
  }

  private static KeyNotTaken.Rule rule(KeyRotationStore.Rule rule) {
    return switch (rule) {
      case NO_ORDER -> KeyNotTaken.Rule.RULE_NO_ORDER;
      case OTHER_CHALLENGE -> KeyNotTaken.Rule.RULE_OTHER_CHALLENGE;
      case OTHER_KEY -> KeyNotTaken.Rule.RULE_OTHER_KEY;
      case KEY_IS_KNOWN -> KeyNotTaken.Rule.RULE_KEY_IS_KNOWN;
      case OTHER_WAITS -> KeyNotTaken.Rule.RULE_OTHER_WAITS;
      case CERTIFICATE_NEEDED -> KeyNotTaken.Rule.RULE_CERTIFICATE_NEEDED;
    };
  }

  private static CertificateEvidence evidence(DeviceCertificate certificate) {
    return new CertificateEvidence(
        Objects.requireNonNull(
            CertificateThumbprint.of(certificate.getSha256().toByteArray()),
            "sha256: empty (expected: 32 bytes, as the contract says)"),
        certificate.getPublicKey().toByteArray(),
        certificate.getIdentityList().stream()
            .map(
                member ->
                    new CertifiedMember(member.getName(), member.getValuesList(), member.getRule()))
            .toList());
  }
}
