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
import org.rekey.proto.deviceauth.v1.KeyNotTaken;
import org.rekey.proto.deviceauth.v1.NotAuthorized;
import org.rekey.proto.deviceauth.v1.OfferKeyRequest;
import org.rekey.proto.deviceauth.v1.OfferKeyResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where devices ask for tokens. `Authorization` is not looked at here: real clients send all sorts
/// of things in it.
final class AuthRequestRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(AuthRequestRoutes.class);
  private static final String SIGNATURE = "X-MEN-Signature";
  private static final String CHALLENGE = "X-Rekey-Key-Rotation";

  private final Rpc rpc;

  AuthRequestRoutes(Rpc rpc) {
    this.rpc = rpc;
  }

  /// The body goes on as it came: the signature is over its bytes.
  void authenticate(Call call) throws BadRequest {
    AuthenticateRequest.Builder request =
        AuthenticateRequest.newBuilder()
            .setBody(UnsafeByteOperations.unsafeWrap(call.body().getBytes()))
            .setSignature(signature(call))
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

  /// A device offers the key that is to follow the one it has.
  void offerKey(Call call) throws BadRequest {
    rpc.ask(
        call.scope(),
        AuthRequestsGrpc.getOfferKeyMethod(),
        OfferKeyRequest.newBuilder()
            .setBody(UnsafeByteOperations.unsafeWrap(call.body().getBytes()))
            .setSignature(signature(call))
            .build(),
        response -> offered(call.scope(), response));
  }

  private static String signature(Call call) throws BadRequest {
    List<String> signatures = call.scope().request().headers().getAll(SIGNATURE);
    if (signatures.size() > 1) {
      throw new BadRequest("more than one request signature header");
    }
    return signatures.isEmpty() ? "" : signatures.getFirst();
  }

  private static void offered(RequestScope scope, OfferKeyResponse response) {
    switch (response.getOutcomeCase()) {
      case TAKEN -> Answers.json(scope, 200, Small.json("key_rotation", "taken"));
      case NOT_TAKEN -> Answers.error(scope, 409, text(response.getNotTaken().getRule()));
      case NOT_AUTHORIZED -> Answers.error(scope, 401, "dev auth: unauthorized");
      case BAD_SIGNATURE -> Answers.error(scope, 401, "signature verification failed");
      case BAD_REQUEST -> Answers.error(scope, 400, response.getBadRequest().getMessage());
      case OUTCOME_NOT_SET -> Answers.error(scope, 500, "internal error");
    }
  }

  private static String text(KeyNotTaken.Rule rule) {
    return switch (rule) {
      case RULE_NO_ORDER -> "the device is not to change its key";
      case RULE_OTHER_CHALLENGE -> "the proof is for another challenge";
      case RULE_OTHER_KEY -> "the proof is for another old key";
      case RULE_KEY_IS_KNOWN -> "the new key is known already: make another one";
      case RULE_CONFLICT -> "another key was offered before: the change is off";
      case RULE_OTHER_WAITS -> "the owner has preauthorized another key";
      case RULE_CERTIFICATE_NEEDED -> "the key has come with a certificate: a new one changes it";
      case RULE_UNSPECIFIED, UNRECOGNIZED -> "the new key was not taken";
    };
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
      case ISSUED -> {
        String challenge = response.getIssued().getKeyRotationChallenge();
        if (!challenge.isEmpty()) {
          scope.response().putHeader(CHALLENGE, challenge);
        }
        Answers.text(scope, 200, "application/jwt", response.getIssued().getToken());
      }
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
