package org.rekey.gateway.rest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.proto.useradm.v1.CreateTokenRequest;
import org.rekey.proto.useradm.v1.CreateTokenResponse;
import org.rekey.proto.useradm.v1.ListTokensRequest;
import org.rekey.proto.useradm.v1.ListTokensResponse;
import org.rekey.proto.useradm.v1.PersonalAccessToken;
import org.rekey.proto.useradm.v1.PersonalAccessTokensGrpc;
import org.rekey.proto.useradm.v1.RevokeTokenRequest;
import org.rekey.proto.useradm.v1.TokenRefusal;

/// The caller's personal access tokens.
final class TokenRoutes {
  private final Rpc rpc;

  TokenRoutes(Rpc rpc) {
    this.rpc = rpc;
  }

  void list(Call call) {
    rpc.ask(
        call.scope(),
        PersonalAccessTokensGrpc.getListTokensMethod(),
        ListTokensRequest.newBuilder().setUserId(call.caller().subject()).build(),
        response -> listed(call.scope(), response));
  }

  private static void listed(RequestScope scope, ListTokensResponse response) {
    ArrayNode tokens = JsonNodeFactory.instance.arrayNode();
    response.getTokensList().forEach(token -> tokens.add(json(token)));
    Answers.json(scope, 200, Buffer.buffer(tokens.toString()));
  }

  private static ObjectNode json(PersonalAccessToken token) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", token.getId());
    json.put("name", token.getName());
    if (token.hasLastUsedAt()) {
      json.put("last_used", Times.text(token.getLastUsedAt()));
    }
    if (token.hasExpiresAt()) {
      json.put("expiration_date", Times.text(token.getExpiresAt()));
    }
    json.put("created_ts", Times.text(token.getCreatedAt()));
    return json;
  }

  void create(Call call) throws BadRequest {
    JsonObject token = call.json(_ -> "cannot parse request body as json");
    rpc.ask(
        call.scope(),
        PersonalAccessTokensGrpc.getCreateTokenMethod(),
        CreateTokenRequest.newBuilder()
            .setUserId(call.caller().subject())
            .setName(token.text("name").orElse(""))
            .setExpiresIn(token.integer("expires_in"))
            .setCallerTokenId(call.caller().tokenId())
            .build(),
        response -> created(call.scope(), response));
  }

  private static void created(RequestScope scope, CreateTokenResponse response) {
    switch (response.getOutcomeCase()) {
      case ISSUED -> Answers.text(scope, 200, "application/jwt", response.getIssued().getToken());
      case REFUSED -> refused(scope, response.getRefused());
      case OUTCOME_NOT_SET -> Answers.error(scope, 500, "internal error");
    }
  }

  private static void refused(RequestScope scope, TokenRefusal refusal) {
    switch (refusal.getRule()) {
      case RULE_INVALID_FIELD -> Answers.error(scope, 400, refusal.getProblem());
      case RULE_NAME_TAKEN ->
          Answers.error(scope, 409, "Personal Access Token with a given name already exists");
      // The spelling is Mender's, and clients may compare it.
      case RULE_TOO_MANY ->
          Answers.error(
              scope, 422, "maximum number of personal acess tokens reached for this user");
      case RULE_USER_NOT_FOUND -> Answers.error(scope, 404, "user not found");
      case RULE_UNSPECIFIED, UNRECOGNIZED -> Answers.error(scope, 500, "internal error");
    }
  }

  /// Ends one of the caller's own tokens, a session's too.
  void revoke(Call call) {
    rpc.ask(
        call.scope(),
        PersonalAccessTokensGrpc.getRevokeTokenMethod(),
        RevokeTokenRequest.newBuilder()
            .setUserId(call.caller().subject())
            .setTokenId(call.parameter("id"))
            .build(),
        _ -> Answers.empty(call.scope(), 204));
  }
}
