package org.rekey.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RestRouterTest {
  private static final String V1 = "/api/management/v1/useradm";
  private static final String INTERNAL = "/api/internal/v1/useradm";
  private static final RouteTable TABLE = UnwiredTable.get();
  private static final RestRouter MANAGEMENT = TABLE.router(false);
  private static final RestRouter PRIVATE = TABLE.router(true);

  private static Match find(String method, String path) {
    return MANAGEMENT.find(HttpMethod.valueOf(method), path);
  }

  private static Match.Found found(Match match) {
    assertThat(match).isInstanceOf(Match.Found.class);
    return (Match.Found) match;
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /auth/login, login",
    "GET, /users, listUsers",
    "GET, /users/me, getUser",
    "PUT, /users/ME, updateUser",
    "DELETE, /users/me, deleteUser",
    "GET, /settings/me, getMySettings",
    "GET, /settings/tokens, listTokens",
    "DELETE, /settings/tokens/x, revokeToken"
  })
  void findsTheRowOfTheTable(String method, String path, String operation) {
    assertThat(found(find(method, V1 + path)).route().operationId()).isEqualTo(operation);
  }

  @Test
  void findsEveryRowByItsOwnTemplate() {
    for (RestRoute route : TABLE.routes()) {
      RestRouter router = route.access().isInternal() ? PRIVATE : MANAGEMENT;
      String path = route.path().text().replace("{", "").replace("}", "");
      assertThat(found(router.find(route.method(), path)).route()).isSameAs(route);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a%20b, 'a b'",
    "%C3%A9, é",
    "a+b, a+b",
    "a%2Bb, a+b",
    "~x:y@z, ~x:y@z",
    "%26%3D, &=",
    "...x, ...x"
  })
  void decodesAnIdOnce(String segment, String id) {
    assertThat(found(find("GET", V1 + "/users/" + segment)).parameters())
        .isEqualTo(Map.of("id", id));
  }

  @ParameterizedTest
  @ValueSource(strings = {"%ff", "%C3", "%C3%28", "%ED%A0%80", "%00"})
  void refusesAnIdThatIsNotText(String segment) {
    assertThat(find("GET", V1 + "/users/" + segment)).isEqualTo(new Match.Unreadable());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/", "/user", "/users/a/b", "/users/a/b/", "/Users", "/auth", "/auth/login/x"})
  void whatIsNotInTheTableIsUnknownAndNeverProxied(String path) {
    assertThat(find("GET", V1 + path)).isEqualTo(new Match.Unknown());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/api/management/v1/useradmx",
        "/api/management/v1/inventory",
        "/api/management/v3/useradm/users",
        "/openapi.json/",
        "/openapi.jsonx"
      })
  void otherPathsAreLeftToTheProxy(String path) {
    assertThat(find("GET", path)).isEqualTo(new Match.Elsewhere());
  }

  @Test
  void namesTheMethodsOfAPath() {
    List<String> methods = List.of("GET", "POST", "OPTIONS");
    assertThat(find("PATCH", V1 + "/users")).isEqualTo(new Match.WrongMethod(methods));
    assertThat(find("HEAD", V1 + "/users")).isEqualTo(new Match.WrongMethod(methods));
    assertThat(find("OPTIONS", V1 + "/users")).isEqualTo(new Match.Options(methods));
    assertThat(find("OPTIONS", V1 + "/users/x"))
        .isEqualTo(new Match.Options(List.of("GET", "PUT", "DELETE", "OPTIONS")));
  }

  @Test
  void hasNoOptionsOnTheInternalPort() {
    assertThat(PRIVATE.find(HttpMethod.OPTIONS, INTERNAL + "/tenants"))
        .isEqualTo(new Match.WrongMethod(List.of("POST")));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /users/, 301",
    "POST, /users/, 307",
    "OPTIONS, /users/, 307",
    "PUT, /users/me/, 307",
    "GET, /settings/tokens/, 301"
  })
  void redirectsAwayFromASlashTooMany(String method, String path, int status) {
    assertThat(find(method, V1 + path))
        .isEqualTo(new Match.Redirect(status, V1 + path.substring(0, path.length() - 1)));
  }

  @Test
  void doesNotRedirectToAMethodThatIsNotThere() {
    assertThat(find("PATCH", V1 + "/users/")).isEqualTo(new Match.Unknown());
  }

  @Test
  void keepsThePortsApart() {
    for (RestRoute route : TABLE.routes()) {
      String path = route.path().text().replace("{", "").replace("}", "");
      Match other = (route.access().isInternal() ? MANAGEMENT : PRIVATE).find(route.method(), path);
      assertThat(other).isIn(new Match.Unknown(), new Match.Elsewhere());
    }
  }

  @Test
  void onlyInTheMiddleOfAPathAnIdMayBeEmpty() {
    assertThat(found(PRIVATE.find(HttpMethod.GET, INTERNAL + "/tenants//users")).parameters())
        .isEqualTo(Map.of("tenant_id", ""));
    assertThat(PRIVATE.find(HttpMethod.DELETE, INTERNAL + "/tenants/default/users/"))
        .isEqualTo(new Match.Unknown());
  }

  @Test
  void aRowMayNotBeInTheTableTwice() {
    List<RestRoute> twice = Stream.of(0, 0).map(i -> TABLE.routes().get(i)).toList();
    assertThatThrownBy(() -> new RestRouter(twice, List.of()))
        .hasMessage("GET /openapi.json: twice in the table");
  }
}
