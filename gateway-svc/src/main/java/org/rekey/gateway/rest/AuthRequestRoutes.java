package org.rekey.gateway.rest;

import com.google.protobuf.UnsafeByteOperations;
import java.time.Duration;
import java.util.List;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.mtls.Certified;
import org.rekey.proto.deviceauth.v1.AuthRequestsGrpc;
import org.rekey.proto.deviceauth.v1.AuthenticateRequest;
import org.rekey.proto.deviceauth.v1.AuthenticateResponse;
import org.rekey.proto.deviceauth.v1.CertifiedMember;
import org.rekey.proto.deviceauth.v1.DeviceCertificate;
import org.rekey.proto.deviceauth.v1.NotAuthorized;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where devices ask for tokens. `Authorization` is not looked at here: real clients send all sorts
/// of things in it.
final class AuthRequestRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(AuthRequestRoutes.class);
  private static final String SIGNATURE = "X-MEN-Signature";

  private final Rpc rpc;

  AuthRequestRoutes(Rpc rpc) {
    this.rpc = rpc;
  }

  /// The body goes on as it came: the signature is over its bytes.
  void authenticate(Call call) throws BadRequest {
    List<String> signatures = call.scope().request().headers().getAll(SIGNATURE);
    if (signatures.size() > 1) {
      throw new BadRequest("more than one request signature header");
    }
    AuthenticateRequest.Builder request =
        AuthenticateRequest.newBuilder()
            .setBody(UnsafeByteOperations.unsafeWrap(call.body().getBytes()))
            .setSignature(signatures.isEmpty() ? "" : signatures.getFirst())
            .setSourceAddress(call.clientAddress());
    var certificate = call.scope().certificate();
    if (certificate != null) {
      request.setCertificate(toProto(certificate));
    }
    rpc.ask(
        call.scope(),
        AuthRequestsGrpc.getAuthenticateMethod(),
        request.build(),
        response -> answered(call.scope(), response));
  }

  private static DeviceCertificate toProto(org.rekey.gateway.mtls.DeviceCertificate certificate) {
    DeviceCertificate.Builder proto =
        DeviceCertificate.newBuilder()
            .setSha256(UnsafeByteOperations.unsafeWrap(certificate.sha256()))
            .setPublicKey(UnsafeByteOperations.unsafeWrap(certificate.publicKey()));
    for (Certified certified : certificate.identity()) {
      proto.addIdentity(
          CertifiedMember.newBuilder()
              .setName(certified.member())
              .addAllValues(certified.values())
              .setRule(certified.rule()));
    }
    return proto.build();
  }

  private static String text(NotAuthorized refused) {
    if (refused.getLimitReached()) {
      return "unauthorized";
    }
    return refused.getCertificateNeeded()
        ? "dev auth: unauthorized: this key needs its client certificate"
        : "dev auth: unauthorized";
  }

  private static void tell(RequestScope scope, String why) {
    var certificate = scope.certificate();
    LOG.atWarn()
        .addKeyValue("serial", certificate == null ? "" : certificate.serial())
        .addKeyValue("subject", certificate == null ? "" : certificate.subject())
        .addKeyValue("requestId", scope.requestId())
        .addKeyValue("error", why)
        .log("a device's certificate does not fit its auth request");
  }

  private static void answered(RequestScope scope, AuthenticateResponse response) {
    switch (response.getOutcomeCase()) {
      case ISSUED -> Answers.text(scope, 200, "application/jwt", response.getIssued().getToken());
      case NOT_AUTHORIZED -> Answers.error(scope, 401, text(response.getNotAuthorized()));
      case CERTIFICATE_MISMATCH -> {
        tell(scope, response.getCertificateMismatch().getMessage());
        Answers.error(scope, 401, "the client certificate is not for this device");
      }
      case BAD_SIGNATURE -> Answers.error(scope, 401, "signature verification failed");
      case BAD_REQUEST -> Answers.error(scope, 400, response.getBadRequest().getMessage());
      case TOO_MANY -> {
        var wait = response.getTooMany().getRetryAfter();
        Answers.tooManyRequests(scope, Duration.ofSeconds(wait.getSeconds(), wait.getNanos()));
      }
      case OUTCOME_NOT_SET -> Answers.error(scope, 500, "internal error");
    }
  }
}
