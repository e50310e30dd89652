package org.rekey.gateway.rest;

import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Every operation of the API, on both ports, in one table.
record RouteTable(List<RestRoute> routes) {
  private static final String V1 = "/api/management/v1/useradm";
  private static final String V2 = "/api/management/v2/useradm";
  private static final String INTERNAL = "/api/internal/v1/useradm";
  private static final String DEVICES = "/api/devices/v1/authentication";
  private static final String DEVAUTH = "/api/management/v2/devauth";
  private static final String OAUTH2 = "/oauth2";
  private static final String INTERNAL_DEVAUTH = "/api/internal/v1/devauth";

  /// What is below these is answered here or not at all, never by an upstream.
  static final List<String> PREFIXES =
      List.of(
          V1, V2, INTERNAL, DEVICES, DEVAUTH, INTERNAL_DEVAUTH, IssuerRoutes.WELL_KNOWN, OAUTH2);

  private static final BodyRule NO_BODY = new BodyRule.None();
  private static final BodyRule SMALL_BODY = new BodyRule.Json(64 * 1024);
  private static final BodyRule FORM = new BodyRule.Form(32 * 1024);
  private static final BodyRule LARGE_BODY = new BodyRule.Json(1024 * 1024);

  /// One class for each resource.
  record Resources(
      SessionRoutes sessions,
      UserRoutes users,
      SettingsRoutes settings,
      TokenRoutes tokens,
      PlanRoutes plans,
      DocumentRoutes document,
      InternalRoutes internal,
      HealthRoutes useradmHealth,
      AuthRequestRoutes authRequests,
      DeviceRoutes devices,
      DeviceInternalRoutes devicesInternal,
      HealthRoutes deviceauthHealth,
      IssuerRoutes useradmIssuer,
      IssuerRoutes deviceauthIssuer,
      ClientRoutes clients) {}

  static RouteTable of(Resources resources) {
    return new RouteTable(
        Stream.of(
                management(resources),
                internal(resources),
                devices(resources),
                devicesInternal(resources),
                elsewhere(resources))
            .flatMap(List::stream)
            .toList());
  }

  private static List<RestRoute> management(Resources resources) {
    SessionRoutes sessions = resources.sessions();
    UserRoutes users = resources.users();
    SettingsRoutes settings = resources.settings();
    TokenRoutes tokens = resources.tokens();
    PlanRoutes plans = resources.plans();
    return List.of(
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
        paged("GET", V1 + "/plans", NO_BODY, PlanRoutes.LIMITS, "listPlans", plans::list),
        user("GET", V1 + "/plan_binding", NO_BODY, "getPlanBinding", plans::binding));
  }

  private static List<RestRoute> internal(Resources resources) {
    InternalRoutes routes = resources.internal();
    HealthRoutes health = resources.useradmHealth();
    String users = INTERNAL + "/tenants/{tenant_id}/users";
    return List.of(
        internal("GET", INTERNAL + "/alive", NO_BODY, "alive", health::alive),
        internal("GET", INTERNAL + "/health", NO_BODY, "health", health::health),
        verify("GET", Access.INTERNAL_USER, INTERNAL + "/auth/verify", "verify", routes::verify),
        verify(
            "POST",
            Access.INTERNAL_USER,
            INTERNAL + "/auth/verify",
            "verifyByPost",
            routes::verify),
        internal("POST", INTERNAL + "/tenants", SMALL_BODY, "createTenant", routes::createTenant),
        internal("GET", users, NO_BODY, "listTenantUsers", routes::listUsers),
        internal("POST", users, SMALL_BODY, "createTenantUser", routes::createUser),
        internal("DELETE", users + "/{user_id}", NO_BODY, "deleteTenantUser", routes::deleteUser),
        internal("DELETE", INTERNAL + "/tokens", NO_BODY, "revokeTokens", routes::revokeTokens));
  }

  private static List<RestRoute> devices(Resources resources) {
    DeviceRoutes devices = resources.devices();
    String authSet = DEVAUTH + "/devices/{id}/auth/{aid}";
    return List.of(
        open(
            "POST",
            DEVICES + "/auth_requests",
            SMALL_BODY,
            "authenticateDevice",
            resources.authRequests()::authenticate),
        open(
            "POST",
            DEVICES + "/key_rotations",
            SMALL_BODY,
            "offerDeviceKey",
            resources.authRequests()::offerKey),
        paged(
            "GET", DEVAUTH + "/devices", NO_BODY, DeviceList.LIMITS, "listDevices", devices::list),
        user("POST", DEVAUTH + "/devices", LARGE_BODY, "preauthorizeDevice", devices::preauthorize),
        paged(
            "POST",
            DEVAUTH + "/devices/search",
            SMALL_BODY,
            DeviceList.LIMITS,
            "searchDevices",
            devices::search),
        user("GET", DEVAUTH + "/devices/count", NO_BODY, "countDevices", devices::count),
        user("GET", DEVAUTH + "/devices/{id}", NO_BODY, "getDevice", devices::get),
        user(
            "DELETE",
            DEVAUTH + "/devices/{id}",
            NO_BODY,
            "decommissionDevice",
            devices::decommission),
        user("DELETE", authSet, NO_BODY, "deleteAuthSet", devices::deleteAuthSet),
        user("GET", authSet + "/status", NO_BODY, "getAuthSetStatus", devices::authSetStatus),
        user("PUT", authSet + "/status", SMALL_BODY, "setAuthSetStatus", devices::setAuthSetStatus),
        user(
            "DELETE", DEVAUTH + "/tokens/{id}", NO_BODY, "revokeDeviceToken", devices::revokeToken),
        user("GET", DEVAUTH + "/limits/{name}", NO_BODY, "getDeviceLimit", devices::limit));
  }

  private static List<RestRoute> devicesInternal(Resources resources) {
    DeviceInternalRoutes routes = resources.devicesInternal();
    HealthRoutes health = resources.deviceauthHealth();
    String verify = INTERNAL_DEVAUTH + "/tokens/verify";
    String limits = INTERNAL_DEVAUTH + "/tenant/{tenant_id}/limits/{name}";
    String devices = INTERNAL_DEVAUTH + "/tenants/{tenant_id}/devices";
    String device = devices + "/{did}";
    return List.of(
        internal("GET", INTERNAL_DEVAUTH + "/alive", NO_BODY, "deviceauthAlive", health::alive),
        internal("GET", INTERNAL_DEVAUTH + "/health", NO_BODY, "deviceauthHealth", health::health),
        verify("GET", Access.INTERNAL_DEVICE, verify, "verifyDevice", routes::verify),
        verify("POST", Access.INTERNAL_DEVICE, verify, "verifyDeviceByPost", routes::verify),
        internal(
            "DELETE",
            INTERNAL_DEVAUTH + "/tokens",
            NO_BODY,
            "revokeDeviceTokens",
            routes::revokeTokens),
        internal("GET", limits, NO_BODY, "getTenantDeviceLimit", routes::limit),
        internal("PUT", limits, SMALL_BODY, "setTenantDeviceLimit", routes::setLimit),
        internal("DELETE", limits, NO_BODY, "deleteTenantDeviceLimit", routes::deleteLimit),
        internal(
            "POST",
            INTERNAL_DEVAUTH + "/tenants",
            NO_BODY,
            "createDeviceTenant",
            routes::createTenant),
        internal("GET", devices, NO_BODY, "listTenantDevices", routes::listDevices),
        internal("GET", devices + "/count", NO_BODY, "countTenantDevices", routes::countDevices),
        internal("GET", device + "/status", NO_BODY, "getTenantDeviceStatus", routes::deviceStatus),
        internal("DELETE", device, NO_BODY, "deleteTenantDevice", routes::deleteDevice),
        internal("PATCH", device, SMALL_BODY, "setTenantDeviceProvisioned", routes::provisioned));
  }

  /// For verifiers elsewhere.
  private static List<RestRoute> elsewhere(Resources resources) {
    IssuerRoutes users = resources.useradmIssuer();
    IssuerRoutes devices = resources.deviceauthIssuer();
    String useradm = IssuerRoutes.WELL_KNOWN + "/useradm";
    String deviceauth = IssuerRoutes.WELL_KNOWN + "/deviceauth";
    ClientRoutes clients = resources.clients();
    return List.of(
        open("GET", useradm + "/jwks.json", NO_BODY, "getUserKeys", users::jwks),
        open("GET", useradm + "/metadata.json", NO_BODY, "getUserIssuer", users::metadata),
        open("GET", deviceauth + "/jwks.json", NO_BODY, "getDeviceKeys", devices::jwks),
        open("GET", deviceauth + "/metadata.json", NO_BODY, "getDeviceIssuer", devices::metadata),
        client(ClientRoutes.INTROSPECT, "introspect", clients::introspect),
        client(ClientRoutes.REVOKE, "revoke", clients::revoke));
  }

  private static RestRoute client(String path, String operationId, Handler handler) {
    return route("POST", path, Access.CLIENT, FORM, Optional.empty(), operationId, handler);
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
      String method,
      String path,
      BodyRule body,
      PageLimits limits,
      String operationId,
      Handler handler) {
    return route(method, path, Access.USER, body, Optional.of(limits), operationId, handler);
  }

  private static RestRoute internal(
      String method, String path, BodyRule body, String operationId, Handler handler) {
    return route(method, path, Access.INTERNAL, body, Optional.empty(), operationId, handler);
  }

  private static RestRoute verify(
      String method, Access access, String path, String operationId, Handler handler) {
    return route(method, path, access, NO_BODY, Optional.empty(), operationId, handler);
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
