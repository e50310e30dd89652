package org.rekey.gateway.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.rekey.runtime.client.ClientRight;
import org.rekey.runtime.client.ClientSecret;
import org.rekey.runtime.limit.Rate;

class ClientGateTest {
  private static final String HOME = "192.0.2.1";
  private static final OAuthClient BILLING =
      new OAuthClient(
          "billing",
          List.of(ClientSecret.sha256("the secret")),
          Set.of(ClientRight.INTROSPECT_USERS));

  private final ClientGate gate =
      new ClientGate(
          Clients.of(List.of(BILLING)),
          Rate.of("3/1m"),
          InstantSource.fixed(Instant.parse("2026-11-26T12:00:00Z")));

  @Test
  void whoFailsTooOftenMustWait() {
    for (int i = 0; i < 3; i++) {
      assertThat(gate.admit("billing", "wrong", HOME)).isEqualTo(new ClientGate.Refused());
    }
    assertThat(gate.admit("billing", "wrong", HOME))
        .isEqualTo(new ClientGate.TooMany(Duration.ofSeconds(20)));
    assertThat(gate.failed(HOME)).isInstanceOf(ClientGate.TooMany.class);
    assertThat(gate.failed("192.0.2.2")).isEqualTo(new ClientGate.Refused());
  }

  @Test
  void nobodyCanLockAClientOut() {
    for (int i = 0; i < 10; i++) {
      gate.admit("billing", "wrong", HOME);
    }
    assertThat(gate.admit("billing", "the secret", HOME))
        .isEqualTo(new ClientGate.Admitted(BILLING));
  }

  @Test
  void whoIsNoClientAnyMoreIsRefused() {
    gate.admitOnly(Clients.NONE);

    assertThat(gate.admit("billing", "the secret", HOME)).isEqualTo(new ClientGate.Refused());
  }
}
