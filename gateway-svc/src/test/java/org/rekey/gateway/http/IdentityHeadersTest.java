package org.rekey.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.verdict.Verdict;
import org.rekey.proto.auth.v1.Accepted;

class IdentityHeadersTest {
  private static Map<String, String> headers(Audience audience, String subject) {
    Map<String, String> headers = new HashMap<>();
    IdentityHeaders.write(
        new Caller(
            audience,
            new Verdict.Accepted(subject, "jti-1", 7, 0, Accepted.Kind.KIND_DEVICE),
            new byte[0]),
        headers::put);
    return headers;
  }

  @Test
  void sayWhoItIs() {
    assertThat(headers(Audience.USERS, "u-1"))
        .isEqualTo(
            Map.of(
                "X-Rekey-Subject", "u-1",
                "X-Rekey-Kind", "user",
                "X-Rekey-Token-Id", "jti-1",
                "X-Rekey-Kid", "7"));
    assertThat(headers(Audience.DEVICES, "d-1")).containsEntry("X-Rekey-Kind", "device");
  }

  @Test
  void leaveOutASubjectThatCouldBeMoreThanAValue() {
    assertThat(headers(Audience.USERS, "u\r\nX-Rekey-Kind: device"))
        .doesNotContainKey("X-Rekey-Subject");
    assertThat(headers(Audience.USERS, "")).doesNotContainKey("X-Rekey-Subject");
  }
}
