package org.rekey.gateway.rest;

import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Optional;

/// Every operation of the API, on both ports, in one table.
record RouteTable(List<RestRoute> routes) {
  private static final String V1 = "/api/management/v1/useradm";
  private static final String V2 = "/api/management/v2/useradm";
  private static final String INTERNAL = "/api/internal/v1/useradm";

  /// What is below these is answered here or not at all, never by an upstream.
  static final List<String> PREFIXES = List.of(V1, V2, INTERNAL);

  private static final BodyRule NO_BODY = new BodyRule.None();
  private static final BodyRule SMALL_BODY = new BodyRule.Json(64 * 1024);
  private static final BodyRule LARGE_BODY = new BodyRule.Json(1024 * 1024);

  /// One class for each resource.
  record Resources(
      SessionRoutes sessions,
      UserRoutes users,
      SettingsRoutes settings,
      TokenRoutes tokens,
      PlanRoutes plans,
      DocumentRoutes document,
      InternalRoutes internal) {}

  static RouteTable of(Resources resources) {
    SessionRoutes sessions = resources.sessions();
    UserRoutes users = resources.users();
    SettingsRoutes settings = resources.settings();
    TokenRoutes tokens = resources.tokens();
    PlanRoutes plans = resources.plans();
    InternalRoutes internal = resources.internal();
    return new RouteTable(
        List.of(
            open("GET", "/openapi.json", NO_BODY, "getOpenApi", resources.document()::get),
            open("POST", V1 + "/auth/login", SMALL_BODY, "login", sessions::login),
            user("POST", V1 + "/auth/logout", NO_BODY, "logout", sessions::logout),
            user("GET", V1 + "/users", NO_BODY, "listUsers", users::list),
            user("POST", V1 + "/users", SMALL_BODY, "createUser", users::create),
            user("GET", V1 + "/users/{id}", NO_BODY, "getUser", users::get),
            user("PUT", V1 + "/users/{id}", SMALL_BODY, "updateUser", users::update),
            user("DELETE", V1 + "/users/{id}", NO_BODY, "deleteUser", users::delete),
            user("PUT", V2 + "/users/me", SMALL_BODY, "updateMe", users::updateMe),
            user("GET", V1 + "/settings", NO_BODY, "getSettings", settings::get),
            user("POST", V1 + "/settings", LARGE_BODY, "putSettings", settings::put),
            user("GET", V1 + "/settings/me", NO_BODY, "getMySettings", settings::getMine),
            user("POST", V1 + "/settings/me", LARGE_BODY, "putMySettings", settings::putMine),
            user("GET", V1 + "/settings/tokens", NO_BODY, "listTokens", tokens::list),
            user("POST", V1 + "/settings/tokens", SMALL_BODY, "createToken", tokens::create),
            user("DELETE", V1 + "/settings/tokens/{id}", NO_BODY, "revokeToken", tokens::revoke),
            paged("GET", V1 + "/plans", PlanRoutes.LIMITS, "listPlans", plans::list),
            user("GET", V1 + "/plan_binding", NO_BODY, "getPlanBinding", plans::binding),
            internal("GET", "/alive", NO_BODY, "alive", internal::alive),
            internal("GET", "/health", NO_BODY, "health", internal::health),
            verify("GET", "verify", internal::verify),
            verify("POST", "verifyByPost", internal::verify),
            internal("POST", "/tenants", SMALL_BODY, "createTenant", internal::createTenant),
            internal(
                "GET",
                "/tenants/{tenant_id}/users",
                NO_BODY,
                "listTenantUsers",
                internal::listUsers),
            internal(
                "POST",
                "/tenants/{tenant_id}/users",
                SMALL_BODY,
                "createTenantUser",
                internal::createUser),
            internal(
                "DELETE",
                "/tenants/{tenant_id}/users/{user_id}",
                NO_BODY,
                "deleteTenantUser",
                internal::deleteUser),
            internal("DELETE", "/tokens", NO_BODY, "revokeTokens", internal::revokeTokens)));
  }

  private static RestRoute open(
      String method, String path, BodyRule body, String operationId, Handler handler) {
    return route(method, path, Access.NONE, body, Optional.empty(), operationId, handler);
  }

  private static RestRoute user(
      String method, String path, BodyRule body, String operationId, Handler handler) {
    return route(method, path, Access.USER, body, Optional.empty(), operationId, handler);
  }

  private static RestRoute paged(
      String method, String path, PageLimits limits, String operationId, Handler handler) {
    return route(method, path, Access.USER, NO_BODY, Optional.of(limits), operationId, handler);
  }

  private static RestRoute internal(
      String method, String path, BodyRule body, String operationId, Handler handler) {
    return route(
        method, INTERNAL + path, Access.INTERNAL, body, Optional.empty(), operationId, handler);
  }

  private static RestRoute verify(String method, String operationId, Handler handler) {
    return route(
        method,
        INTERNAL + "/auth/verify",
        Access.INTERNAL_USER,
        NO_BODY,
        Optional.empty(),
        operationId,
        handler);
  }

  private static RestRoute route(
      String method,
      String path,
      Access access,
      BodyRule body,
      Optional<PageLimits> paging,
      String operationId,
      Handler handler) {
    return new RestRoute(
        HttpMethod.valueOf(method),
        PathTemplate.of(path),
        access,
        body,
        paging,
        operationId,
        handler);
  }

  RestRouter router(boolean internal) {
    return new RestRouter(
        routes.stream().filter(route -> route.access().isInternal() == internal).toList(),
        PREFIXES);
  }
}
