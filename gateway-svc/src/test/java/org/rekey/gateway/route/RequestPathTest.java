package org.rekey.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestPathTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "api/devices",
        "http://host/api/devices",
        "*",
        "/api/devices/../management",
        "/api/devices/./x",
        "/api/devices/..",
        "/api/devices/.",
        "//api/devices",
        "/api//devices",
        "/api/devices%2f..%2fmanagement",
        "/api/%2e%2e/management",
        "/api/%2E/management",
        "/api/devices%5cx",
        "/api/devices\\x",
        "/api/devices%00",
        "/api/devices%0d%0aX: y",
        "/api/devices%7f",
        "/api/%252e%252e/x",
        "/api/devices%3bx",
        "/api/devices/..;/management",
        "/api/devices/..;a=b/x",
        "/api/devices;a=b/x",
        "/api/devices/.../x",
        "/api/devices/....",
        "/api/devices/%61",
        "/api/devices/%7E",
        "/api/devices/%2D",
        "/api/devices/%c0%af",
        "/api/devices/%C0%AE%C0%AE/x",
        "/api/devices/%e0%80%af",
        "/api/devices/%f0%80%80%af",
        "/api/devices/%80",
        "/api/devices/%ff",
        "/api/devices/%ed%a0%80",
        "/api/devices/%u002f",
        "/api/devices/%2F",
        "/api/devices/%5C",
        "/api/devices/%",
        "/api/devices/%4",
        "/api/devices/%zz",
        "/api/devices#fragment",
        "/api/dev ices",
        "/api/dev\tices",
        "/api/dévices"
      })
  void refusesWhatTwoProgramsCouldReadDifferently(String target) {
    assertThat(RequestPath.of(target)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/api/devices/v1/inventory",
        "/api/devices/v1/inventory/",
        "/api/management/v1/x/a%20b%C3%A9",
        "/api/management/v1/x/a.b..c",
        "/api/management/v1/x/a.",
        "/api/management/v1/x/.hidden",
        "/api/management/v1/x/%E2%82%AC%F0%9F%98%80%20%3F%23",
        "/api/management/v1/x?next=//other/../../&a=%2f%00"
      })
  void takesWhatIsPlain(String target) {
    assertThat(RequestPath.of(target))
        .hasValueSatisfying(path -> assertThat(path.path() + path.query()).isEqualTo(target));
  }

  @Test
  void takesEmptySegmentsOnlyWhereNothingIsProxied() {
    assertThat(RequestPath.withEmptySegments("/api/tenants//users"))
        .hasValueSatisfying(path -> assertThat(path.path()).isEqualTo("/api/tenants//users"));
    assertThat(RequestPath.withEmptySegments("/api//../users")).isEmpty();
    assertThat(RequestPath.withEmptySegments("/api/%2e%2e/users")).isEmpty();
  }

  @Test
  void aPrefixEndsAtASegment() {
    RequestPath path = RequestPath.of("/api/devices-internal/x").orElseThrow();
    assertThat(path.isUnder("/api/devices")).isFalse();
    assertThat(Audience.of(path)).isEmpty();
    assertThat(RequestPath.of("/api/devices").flatMap(Audience::of)).contains(Audience.DEVICES);
    assertThat(RequestPath.of("/api/management/v1").flatMap(Audience::of)).contains(Audience.USERS);
    assertThat(RequestPath.of("/api/internal/v1/useradm").flatMap(Audience::of)).isEmpty();
  }

  @Test
  void isCaseSensitive() {
    assertThat(RequestPath.of("/API/management/v1").flatMap(Audience::of)).isEmpty();
  }
}
