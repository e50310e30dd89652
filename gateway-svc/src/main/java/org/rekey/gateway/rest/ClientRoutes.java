package org.rekey.gateway.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.oauth.ClientGate;
import org.rekey.gateway.oauth.OAuthClient;
import org.rekey.gateway.oauth.TokenJudge;
import org.rekey.gateway.route.Audience;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.proto.deviceauth.v1.RevokeDeviceTokenRequest;
import org.rekey.proto.useradm.v1.PersonalAccessTokensGrpc;
import org.rekey.proto.useradm.v1.RevokeTokenRequest;
import org.rekey.runtime.client.ClientRight;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether a token is good (RFC 7662), and ending one (RFC 7009), for clients with an id and a
/// secret. Parameters come in the body and nowhere else: a token in an address ends up in logs.
final class ClientRoutes {
  static final String INTROSPECT = "/oauth2/introspect";
  static final String REVOKE = "/oauth2/revoke";

  private static final Logger LOG = LoggerFactory.getLogger(ClientRoutes.class);
  private static final List<String> TIMES = List.of("exp", "iat", "nbf");

  private final ClientGate clients;
  private final TokenJudge judge;
  private final Rpc useradm;
  private final Rpc deviceauth;

  ClientRoutes(ClientGate clients, TokenJudge judge, Rpc useradm, Rpc deviceauth) {
    this.clients = clients;
    this.judge = judge;
    this.useradm = useradm;
    this.deviceauth = deviceauth;
  }

  /// What is not good is `{"active": false}` and no word more, and so is what the client may not
  /// know (RFC 7662 §2.2).
  void introspect(Call call) throws BadRequest {
    Optional<OAuthClient> client = admitted(call);
    if (client.isEmpty() || isWithout(call, client.get(), ClientRoutes::introspects)) {
      return;
    }
    RequestScope scope = call.scope();
    judge(
        call,
        audience -> client.get().may(introspects(audience)),
        judgement -> {
          switch (judgement) {
            case TokenJudge.Active active -> answer(scope, active(active));
            case TokenJudge.Inactive _, TokenJudge.NotTold _ -> answer(scope, inactive());
            case TokenJudge.Unknown _ -> Answers.unavailable(scope);
          }
        });
  }

  /// 200 for what was not good in the first place, too (RFC 7009 §2.2).
  void revoke(Call call) throws BadRequest {
    Optional<OAuthClient> client = admitted(call);
    if (client.isEmpty() || isWithout(call, client.get(), ClientRoutes::revokes)) {
      return;
    }
    RequestScope scope = call.scope();
    judge(
        call,
        audience -> client.get().may(revokes(audience)),
        judgement -> {
          switch (judgement) {
            case TokenJudge.Active active -> end(call, client.get(), active);
            case TokenJudge.Inactive _ -> ended(scope);
            case TokenJudge.NotTold _ -> unauthorized(scope);
            case TokenJudge.Unknown _ -> Answers.unavailable(scope);
          }
        });
  }

  private void judge(Call call, Predicate<Audience> may, Consumer<TokenJudge.Judgement> then)
      throws BadRequest {
    judge.judge(
        token(call), may, judgement -> Answers.guarded(call.scope(), () -> then.accept(judgement)));
  }

  private void end(Call call, OAuthClient client, TokenJudge.Active active) {
    RequestScope scope = call.scope();
    Runnable done =
        () -> {
          LOG.atInfo()
              .addKeyValue("client", client.id())
              .addKeyValue("kind", active.kind())
              .addKeyValue("tokenId", active.tokenId())
              .addKeyValue("requestId", scope.requestId())
              .log("a client has ended a token");
          ended(scope);
        };
    switch (active.audience()) {
      case USERS ->
          useradm.ask(
              scope,
              PersonalAccessTokensGrpc.getRevokeTokenMethod(),
              RevokeTokenRequest.newBuilder()
                  .setUserId(active.subject())
                  .setTokenId(active.tokenId())
                  .build(),
              _ -> done.run());
      case DEVICES ->
          deviceauth.ask(
              scope,
              DevicesGrpc.getRevokeDeviceTokenMethod(),
              RevokeDeviceTokenRequest.newBuilder().setId(active.tokenId()).build(),
              _ -> done.run());
    }
  }

  /// Empty when the request has been answered.
  private Optional<OAuthClient> admitted(Call call) {
    List<String> headers = call.scope().request().headers().getAll(HttpHeaders.AUTHORIZATION);
    Optional<BasicCredentials> shown =
        headers.size() == 1 ? BasicCredentials.ofClient(headers.getFirst()) : Optional.empty();
    ClientGate.Attempt attempt =
        shown
            .map(it -> clients.admit(it.name(), it.password(), call.clientAddress()))
            .orElseGet(() -> clients.failed(call.clientAddress()));
    return switch (attempt) {
      case ClientGate.Admitted admitted -> Optional.of(admitted.client());
      case ClientGate.Refused _ -> {
        call.scope().response().putHeader("WWW-Authenticate", "Basic realm=\"rekey clients\"");
        OAuthErrors.answer(
            call.scope(),
            401,
            "invalid_client",
            "expected: a client's id and secret by HTTP Basic");
        yield Optional.empty();
      }
      case ClientGate.TooMany tooMany -> {
        Answers.tooManyRequests(call.scope(), tooMany.retryAfter());
        yield Optional.empty();
      }
    };
  }

  /// Whether the client may do this to nobody's tokens; it has been answered then.
  private static boolean isWithout(
      Call call, OAuthClient client, Function<Audience, ClientRight> right) {
    for (Audience audience : Audience.values()) {
      if (client.may(right.apply(audience))) {
        return false;
      }
    }
    unauthorized(call.scope());
    return true;
  }

  private static void unauthorized(RequestScope scope) {
    OAuthErrors.answer(
        scope, 403, "unauthorized_client", "the client may not do this to tokens of this issuer");
  }

  /// `token_type_hint` is not needed: the token itself says who has issued it.
  private static String token(Call call) throws BadRequest {
    if (!call.path().query().isEmpty()) {
      throw new BadRequest("parameters belong into the body");
    }
    String body = call.body().toString(StandardCharsets.ISO_8859_1);
    QueryString fields;
    try {
      fields = QueryString.parse("?" + body);
    } catch (BadRequest e) {
      throw new BadRequest("the form cannot be read");
    }
    if (fields.values().values().stream().anyMatch(values -> values.size() > 1)) {
      throw new BadRequest("a parameter is given more than once");
    }
    return fields.first("token").orElseThrow(() -> new BadRequest("token: missing"));
  }

  private static ObjectNode inactive() {
    return JsonNodeFactory.instance.objectNode().put("active", false);
  }

  private static ObjectNode active(TokenJudge.Active active) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    JsonNode claims = active.claims();
    json.put("active", true);
    json.put("token_type", "Bearer");
    json.set("iss", claims.path("iss"));
    json.put("sub", active.subject());
    json.put("jti", active.tokenId());
    for (String time : TIMES) {
      if (claims.path(time).isNumber()) {
        json.set(time, claims.path(time));
      }
    }
    if (claims.path("scp").isTextual()) {
      json.set("scope", claims.path("scp"));
    }
    if (claims.path("cnf").isObject()) {
      json.set("cnf", claims.path("cnf"));
    }
    json.put("rekey_kind", active.kind().name().toLowerCase(Locale.ROOT));
    return json;
  }

  private static void answer(RequestScope scope, ObjectNode body) {
    scope.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    Answers.json(scope, 200, Buffer.buffer(body.toString()));
  }

  private static void ended(RequestScope scope) {
    scope.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    Answers.empty(scope, 200);
  }

  private static ClientRight introspects(Audience audience) {
    return switch (audience) {
      case USERS -> ClientRight.INTROSPECT_USERS;
      case DEVICES -> ClientRight.INTROSPECT_DEVICES;
    };
  }

  private static ClientRight revokes(Audience audience) {
    return switch (audience) {
      case USERS -> ClientRight.REVOKE_USERS;
      case DEVICES -> ClientRight.REVOKE_DEVICES;
    };
  }
}
