package org.rekey.useradm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class UserClaimsTest {
  private static final Instant ISSUED = Instant.ofEpochSecond(1_700_000_000);

  @Test
  void writesTheClaimsThatMendersServicesRead() {
    assertThat(json(new UserClaims("t1", "u1", "mender.useradm", ISSUED, ISSUED.plusSeconds(60))))
        .isEqualTo(
            """
            {"jti":"t1","sub":"u1","exp":1700000060,"iat":1700000000,"mender.user":true,\
            "iss":"mender.useradm","scp":"mender.*","nbf":1700000000}""");
  }

  @Test
  void hasNoExpWhenItNeverExpires() {
    assertThat(json(new UserClaims("t1", "u1", "mender.useradm", ISSUED, null)))
        .doesNotContain("exp");
  }

  @Test
  void escapesWhateverTheIssuerIsCalled() {
    assertThat(json(new UserClaims("t1", "u1", "a\",\"sub\":\"root", ISSUED, null)))
        .contains("\"iss\":\"a\\\",\\\"sub\\\":\\\"root\"");
  }

  private static String json(UserClaims claims) {
    return new String(claims.json(), UTF_8);
  }
}
