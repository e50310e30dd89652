package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.runtime.limit.Rate;
import org.rekey.testkit.MutableClock;

class FailedLoginsTest {
  private static final Email ANN = new Email("ann@example.com");
  private static final Email BOB = new Email("bob@example.com");
  private static final String HOME = "192.0.2.1";

  private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T12:00:00Z"));
  private final FailedLogins failed = failed("10/1m", "100/1h", "50/1m");

  private FailedLogins failed(String pair, String account, String address) {
    return new FailedLogins(
        new FailedLogins.Limits(Rate.of(pair), Rate.of(account), Rate.of(address)), clock);
  }

  @Test
  void theEleventhFailureInAMinuteHasToWaitForTheFirstToBeForgotten() {
    for (int i = 0; i < 10; i++) {
      assertThat(failed.mustWait(ANN, HOME)).isEmpty();
      failed.failed(ANN, HOME);
    }
    assertThat(failed.mustWait(ANN, HOME)).hasValue(Duration.ofSeconds(6));
    clock.advance(Duration.ofSeconds(6));
    assertThat(failed.mustWait(ANN, HOME)).isEmpty();
  }

  @Test
  void othersAreNotSlowedDown() {
    fail(ANN, HOME, 10);
    assertThat(failed.mustWait(BOB, HOME)).isEmpty();
    assertThat(failed.mustWait(ANN, "192.0.2.2")).isEmpty();
  }

  @Test
  void guessingOneAccountFromManyAddressesIsSlowedDown() {
    for (int i = 0; i < 100; i++) {
      assertThat(failed.mustWait(ANN, "198.51.100." + i)).isEmpty();
      failed.failed(ANN, "198.51.100." + i);
    }
    assertThat(failed.mustWait(ANN, "203.0.113.1")).hasValue(Duration.ofSeconds(36));
  }

  @Test
  void guessingManyAccountsFromOneAddressIsSlowedDown() {
    for (int i = 0; i < 40; i++) {
      failed.failed(new Email("user" + i + "@example.com"), HOME);
    }
    for (int i = 0; i < 10; i++) {
      assertThat(failed.mustWait(HOME)).isEmpty();
      failed.failed(HOME);
    }
    assertThat(failed.mustWait(BOB, HOME)).isPresent();
    assertThat(failed.mustWait(HOME)).isPresent();
  }

  /// Attempts that were under way together are all paid for.
  @Test
  void failuresBeyondTheLimitAreADebt() {
    fail(ANN, HOME, 20);
    assertThat(failed.mustWait(ANN, HOME)).hasValue(Duration.ofSeconds(66));
  }

  @Test
  void anIpv6NetworkIsOneAddress() {
    fail(ANN, "2001:db8:1:2::1", 10);
    assertThat(failed.mustWait(ANN, "2001:db8:1:2:ffff::99")).isPresent();
    assertThat(failed.mustWait(ANN, "2001:db8:1:3::1")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense", "1.2.3.4.5", "example.com", "::1%eth0"})
  void whatIsNoAddressIsOneAddress(String address) {
    fail(ANN, address, 10);
    assertThat(failed.mustWait(ANN, address)).isPresent();
  }

  @Test
  void offMeansAnyNumber() {
    FailedLogins unlimited = failed("off", "off", "off");
    for (int i = 0; i < 1000; i++) {
      unlimited.failed(ANN, HOME);
    }
    assertThat(unlimited.mustWait(ANN, HOME)).isEmpty();
  }

  @Test
  void aFloodOfNamesDoesNotFillTheMemory() {
    for (int i = 0; i < 150_000; i++) {
      failed.failed(
          new Email("user" + i + "@example.com"), "10.0.%d.%d".formatted(i >> 8 & 255, i));
    }
    assertThat(failed.remembered()).allSatisfy(count -> assertThat(count).isLessThan(110_000));
  }

  private void fail(Email account, String address, int times) {
    for (int i = 0; i < times; i++) {
      failed.failed(account, address);
    }
  }
}
