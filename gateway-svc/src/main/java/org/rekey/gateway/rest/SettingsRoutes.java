package org.rekey.gateway.rest;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.proto.useradm.v1.GetSettingsRequest;
import org.rekey.proto.useradm.v1.GetSettingsResponse;
import org.rekey.proto.useradm.v1.PutSettingsRequest;
import org.rekey.proto.useradm.v1.PutSettingsResponse;
import org.rekey.proto.useradm.v1.SettingsGrpc;
import org.rekey.proto.useradm.v1.SettingsRefusal;

/// Settings: one JSON object for everybody, one for each user. The `ETag` stands without quotes, as
/// Mender's clients expect it.
final class SettingsRoutes {
  private final Rpc rpc;

  SettingsRoutes(Rpc rpc) {
    this.rpc = rpc;
  }

  void get(Call call) {
    get(call, GetSettingsRequest.getDefaultInstance());
  }

  void getMine(Call call) {
    get(call, GetSettingsRequest.newBuilder().setUserId(call.caller().subject()).build());
  }

  private void get(Call call, GetSettingsRequest request) {
    rpc.ask(
        call.scope(),
        SettingsGrpc.getGetSettingsMethod(),
        request,
        response -> found(call.scope(), response));
  }

  private static void found(RequestScope scope, GetSettingsResponse response) {
    if (response.hasEtag()) {
      scope.response().putHeader(HttpHeaders.ETAG, response.getEtag());
    }
    Answers.json(scope, 200, Buffer.buffer(response.getJson()));
  }

  void put(Call call) throws BadRequest {
    put(call, PutSettingsRequest.newBuilder());
  }

  void putMine(Call call) throws BadRequest {
    put(call, PutSettingsRequest.newBuilder().setUserId(call.caller().subject()));
  }

  private void put(Call call, PutSettingsRequest.Builder request) throws BadRequest {
    String ifMatch = call.scope().request().getHeader(HttpHeaders.IF_MATCH);
    if (ifMatch != null && !ifMatch.isEmpty()) {
      request.setIfMatch(ifMatch);
    }
    rpc.ask(
        call.scope(),
        SettingsGrpc.getPutSettingsMethod(),
        request.setJson(text(call)).build(),
        response -> stored(call.scope(), response));
  }

  /// Not parsed here: a megabyte of JSON would hold the event loop, and useradm-svc looks at it
  // anyway.
  private static String text(Call call) throws BadRequest {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(call.body().getBytes()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new BadRequest("cannot parse request body as json");
    }
  }

  private static void stored(RequestScope scope, PutSettingsResponse response) {
    switch (response.getOutcomeCase()) {
      case ETAG -> Answers.empty(scope, 201);
      case REFUSED -> refused(scope, response.getRefused());
      case OUTCOME_NOT_SET -> Answers.error(scope, 500, "internal error");
    }
  }

  private static void refused(RequestScope scope, SettingsRefusal refusal) {
    switch (refusal.getRule()) {
      case RULE_INVALID -> Answers.error(scope, 400, refusal.getProblem());
      case RULE_ETAG_MISMATCH -> Answers.error(scope, 412, "ETag doesn't match");
      case RULE_USER_NOT_FOUND -> Answers.error(scope, 404, "user not found");
      case RULE_UNSPECIFIED, UNRECOGNIZED -> Answers.error(scope, 500, "internal error");
    }
  }
}
