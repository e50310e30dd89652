package org.rekey.gateway.forwardauth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.gateway.route.Audience;

class ForwardedTargetTest {
  private static final String USERS = "/api/management/v1/inventory/devices?page=1";
  private static final String DEVICES = "/api/devices/v1/inventory/device/attributes";

  private static ForwardedTarget byPath(List<String> forwarded, List<String> original) {
    return ForwardedTarget.of(Optional.empty(), forwarded, original);
  }

  private static void assertRefused(ForwardedTarget target, String text) {
    assertThat(target)
        .isInstanceOfSatisfying(
            ForwardedTarget.Unknown.class,
            unknown -> {
              assertThat(unknown.refusal().status()).isEqualTo(403);
              assertThat(unknown.refusal().error()).contains(text);
            });
  }

  @ParameterizedTest
  @CsvSource({USERS + ",USERS", DEVICES + ",DEVICES"})
  void eitherHeaderTellsThePath(String target, Audience audience) {
    assertThat(byPath(List.of(target), List.of())).isEqualTo(new ForwardedTarget.Known(audience));
    assertThat(byPath(List.of(), List.of(target))).isEqualTo(new ForwardedTarget.Known(audience));
    assertThat(byPath(List.of(target), List.of(target)))
        .isEqualTo(new ForwardedTarget.Known(audience));
  }

  /// nginx sets one of them, and the other one would be the client's.
  @Test
  void twoThatDifferAreBelievedNeither() {
    assertRefused(byPath(List.of(DEVICES), List.of(USERS)), "they differ");
    assertRefused(byPath(List.of(DEVICES, USERS), List.of()), "they differ");
    assertRefused(byPath(List.of(), List.of(USERS, DEVICES)), "they differ");
    assertRefused(
        ForwardedTarget.of(Optional.of(Audience.DEVICES), List.of(DEVICES), List.of(USERS)),
        "they differ");
  }

  @Test
  void withoutAPathNobodyCanTell() {
    assertRefused(byPath(List.of(), List.of()), "X-Forwarded-Uri or X-Original-URI");
  }

  @ParameterizedTest
  @EnumSource
  void whoIsToldTheAudienceNeedsNoPath(Audience audience) {
    Optional<Audience> fixed = Optional.of(audience);
    assertThat(ForwardedTarget.of(fixed, List.of(), List.of()))
        .isEqualTo(new ForwardedTarget.Known(audience));
    assertThat(ForwardedTarget.of(fixed, List.of("/own/path"), List.of()))
        .isEqualTo(new ForwardedTarget.Known(audience));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/devices/../management/v1/users",
        "/api/devices/%2e%2e/management/v1/users",
        "/api/devices/..%2fmanagement/v1/users",
        "/api//management/v1/users",
        "/api/devices\\..\\management",
        "/api/management/v1/%00",
        "http://other/api/management/v1",
        "*",
        "",
      })
  void whatCanBeReadInTwoWaysIsRefusedEverywhere(String target) {
    assertRefused(byPath(List.of(target), List.of()), "more than one way");
    assertRefused(
        ForwardedTarget.of(Optional.of(Audience.DEVICES), List.of(target), List.of()),
        "more than one way");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/verify", "/api", "/api/internal/v1/useradm", "/api/managements/v1"})
  void aPathOfNobodyIsRefused(String target) {
    assertRefused(byPath(List.of(target), List.of()), "neither for users nor for devices");
  }
}
