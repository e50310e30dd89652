package org.rekey.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.rekey.runtime.config.Settings;

/// Who counts as one client of whom a port takes so many connections.
class TrafficLimitsTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  private TrafficLimits limits(Map<String, String> environment) {
    return new TrafficLimits(
        Settings.read(TrafficLimits.Settings.class, "gateway", environment),
        InstantSource.system(),
        meters);
  }

  @Test
  void aWholeIpv6NetworkIsOneClientAndItsNeighbourAnother() {
    TrafficLimits limits = limits(Map.of("GATEWAY_CONNECTIONS_PER_ADDRESS", "2"));
    assertThat(limits.enter("2001:db8:0:1::1")).isNotNull();
    assertThat(limits.enter("2001:db8:0:1:ffff:ffff:ffff:ffff")).isNotNull();
    assertThat(limits.enter("2001:db8:0:1::3")).isNull();
    assertThat(limits.enter("2001:db8:0:2::1")).isNotNull();
    assertThat(meters.get("gateway.connections.refused").counter().count()).isEqualTo(1);
  }

  @Test
  void ipv4AddressesCountEachForItselfHoweverTheyAreWritten() {
    TrafficLimits limits = limits(Map.of("GATEWAY_CONNECTIONS_PER_ADDRESS", "1"));
    assertThat(limits.enter("192.0.2.1")).isNotNull();
    assertThat(limits.enter("::ffff:192.0.2.1")).isNull();
    assertThat(limits.enter("192.0.2.2")).isNotNull();
  }

  @Test
  void whoLeavesTwiceHasLeftOnce() {
    TrafficLimits limits = limits(Map.of("GATEWAY_MAX_CONNECTIONS", "2"));
    Visitor first = entered(limits.enter("192.0.2.1"));
    entered(limits.enter("192.0.2.1"));
    assertThat(limits.enter("192.0.2.1")).isNull();
    limits.leave(first);
    limits.leave(first);
    assertThat(limits.enter("192.0.2.1")).isNotNull();
    assertThat(limits.enter("192.0.2.1")).isNull();
  }

  private static Visitor entered(@Nullable Visitor visitor) {
    return Objects.requireNonNull(visitor, "no room");
  }
}
