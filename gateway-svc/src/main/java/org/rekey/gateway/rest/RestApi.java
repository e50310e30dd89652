package org.rekey.gateway.rest;

import io.grpc.Channel;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.Caller;
import org.rekey.gateway.http.Guard;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.oauth.ClientGate;
import org.rekey.gateway.oauth.TokenIssuer;
import org.rekey.gateway.oauth.TokenJudge;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.RequestPath;
import org.rekey.gateway.rpc.UnaryCalls;

/// The API on one port, for one event loop: finds the row of the table, lets the caller in, reads
/// the body, and has the handler answer.
public final class RestApi {
  private static final Duration VERDICT = Duration.ofSeconds(2);

  private final RestRouter router;
  private final Map<Audience, Guard> guards;
  private final int bodyLimit;

  /// @param guards judge tokens
  /// @param bodyLimit no body may be larger, whatever its route allows
  /// @param tenantId the id of the one tenant, for the internal port
  /// @param publication how keys are published for verifiers elsewhere
  /// @param clients lets in who may ask about tokens and end them
  public record Parts(
      Executor loop,
      Channel useradm,
      Channel deviceauth,
      Map<Audience, Guard> guards,
      int bodyLimit,
      String tenantId,
      Publication publication,
      ClientGate clients) {}

  private RestApi(RestRouter router, Parts parts) {
    this.router = router;
    this.guards = parts.guards();
    this.bodyLimit = parts.bodyLimit();
  }

  /// What users and their tools call.
  public static RestApi management(Parts parts) {
    return new RestApi(table(parts).router(false), parts);
  }

  /// What other services and operators' scripts call, on a port of its own.
  public static RestApi internal(Parts parts) {
    return new RestApi(table(parts).router(true), parts);
  }

  private static RouteTable table(Parts parts) {
    Rpc rpc = new Rpc(parts.loop(), parts.useradm());
    Rpc deviceauth = new Rpc(parts.loop(), parts.deviceauth());
    TokenIssuer ofUsers =
        TokenIssuer.of(Audience.USERS, new UnaryCalls(parts.loop(), parts.useradm(), VERDICT));
    TokenIssuer ofDevices =
        TokenIssuer.of(Audience.DEVICES, new UnaryCalls(parts.loop(), parts.deviceauth(), VERDICT));
    TokenJudge judge = new TokenJudge(List.of(ofUsers, ofDevices));
    return RouteTable.of(
        new RouteTable.Resources(
            new SessionRoutes(rpc),
            new UserRoutes(rpc),
            new SettingsRoutes(rpc),
            new TokenRoutes(rpc),
            new PlanRoutes(),
            new DocumentRoutes(),
            new InternalRoutes(rpc, parts.tenantId()),
            new HealthRoutes(rpc, "useradm-svc"),
            new AuthRequestRoutes(deviceauth),
            new DeviceRoutes(deviceauth),
            new DeviceInternalRoutes(deviceauth, parts.tenantId()),
            new HealthRoutes(deviceauth, "deviceauth-svc"),
            new IssuerRoutes(ofUsers.keys(), "useradm", parts.publication()),
            new IssuerRoutes(ofDevices.keys(), "deviceauth", parts.publication()),
            new ClientRoutes(parts.clients(), judge, rpc, deviceauth)));
  }

  /// False if the path is not one of this API; nothing has been answered then.
  public boolean answers(RequestScope scope, RequestPath path) {
    switch (router.find(scope.request().method(), path.path())) {
      case Match.Elsewhere _ -> {
        return false;
      }
      case Match.Found found -> {
        scope.seen().route(found.route().operationId());
        admit(scope, path, found);
      }
      case Match.Options options -> {
        scope.response().putHeader("Allow", options.methods());
        Answers.empty(scope, 200);
      }
      case Match.WrongMethod wrong -> {
        scope.response().putHeader("Allow", wrong.methods());
        Answers.error(scope, 405, "method not allowed");
      }
      case Match.Redirect redirect ->
          Answers.redirect(scope, redirect.status(), redirect.path() + path.query());
      case Match.Unreadable _ ->
          Answers.error(scope, 400, "the path can be read in more than one way");
      case Match.Unknown _ -> Answers.error(scope, 404, "not found");
    }
    return true;
  }

  private void admit(RequestScope scope, RequestPath path, Match.Found found) {
    Optional<Guard> guard = found.route().access().token().map(guards::get);
    if (guard.isPresent()) {
      guard.get().admit(scope, caller -> read(scope, path, found, caller));
    } else {
      read(scope, path, found, null);
    }
  }

  private void read(
      RequestScope scope, RequestPath path, Match.Found found, @Nullable Caller caller) {
    Handler handler = found.route().handler();
    Function<Buffer, Call> call = body -> new Call(scope, path, found.parameters(), caller, body);
    switch (found.route().body()) {
      case BodyRule.None _ -> run(handler, call.apply(Buffer.buffer()), Answers::error);
      case BodyRule.Json json ->
          new BodyReader(limit(json.maxBytes()), ContentType.JSON, Answers::error)
              .read(scope, body -> run(handler, call.apply(body), Answers::error));
      case BodyRule.Form form -> {
        ErrorShape errors = OAuthErrors::invalidRequest;
        new BodyReader(limit(form.maxBytes()), ContentType.FORM, errors)
            .read(scope, body -> run(handler, call.apply(body), errors));
      }
    }
  }

  private int limit(int ofRoute) {
    return Math.min(ofRoute, bodyLimit);
  }

  private static void run(Handler handler, Call call, ErrorShape errors) {
    Answers.guarded(
        call.scope(),
        () -> {
          try {
            handler.answer(call);
          } catch (BadRequest e) {
            errors.answer(call.scope(), 400, e.text());
          }
        });
  }
}
