package org.rekey.gateway.forwardauth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.gateway.http.Caller;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.verdict.Verdict;
import org.rekey.proto.auth.v1.Accepted;

class IdentityTest {
  private static Caller caller(String subject, long expiresAt) {
    return new Caller(
        Audience.USERS,
        new Verdict.Accepted(subject, "t1", 5539, expiresAt, Accepted.Kind.KIND_DEVICE),
        new byte[0]);
  }

  @Test
  void everyHeaderIsAlwaysThere() {
    assertThat(Identity.headers(Audience.USERS, caller("u1", 1_800_000_000)).orElseThrow())
        .containsEntry("X-Rekey-Subject", "u1")
        .containsEntry("X-Rekey-Kind", "user")
        .containsEntry("X-Rekey-Token-Id", "t1")
        .containsEntry("X-Rekey-Kid", "5539")
        .containsEntry("X-Rekey-Expires", "1800000000")
        .hasSize(5);
    assertThat(Identity.headers(Audience.DEVICES, caller("d1", 0)).orElseThrow())
        .containsEntry("X-Rekey-Kind", "device")
        .containsEntry("X-Rekey-Expires", "never")
        .hasSize(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\r\nX-Rekey-Kind: device", "é", "a\u0000"})
  void whatAHeaderCannotHoldIsNotTold(String subject) {
    assertThat(Identity.headers(Audience.USERS, caller(subject, 0))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-rekey-subject",
        "X-Rekey-Anything",
        "X_REKEY_SUBJECT",
        "x-rekey_subject",
        "X-MEN-RBAC-Inventory-Groups",
        "x_men_rbac_releases_tags"
      })
  void theseAreOursToSay(String name) {
    assertThat(Identity.isClaimedBy(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"authorization", "x-men-requestid", "x-rekeyed", "my-x-rekey-subject"})
  void theseAreNot(String name) {
    assertThat(Identity.isClaimedBy(name)).isFalse();
  }
}
