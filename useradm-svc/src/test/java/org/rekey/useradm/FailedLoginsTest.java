package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.testkit.MutableClock;

class FailedLoginsTest {
  private static final Email ANN = new Email("ann@example.com");
  private static final Email BOB = new Email("bob@example.com");
  private static final String HOME = "192.0.2.1";

  private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T12:00:00Z"));
  private final FailedLogins failed = failed("10/1m", "100/1h", "50/1m");

  private FailedLogins failed(String pair, String account, String address) {
    return new FailedLogins(
        new FailedLogins.Limits(
            FailureLimit.of(pair), FailureLimit.of(account), FailureLimit.of(address)),
        clock);
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

  @ParameterizedTest
  @CsvSource({"10/1m,10,PT1M", "100/1h,100,PT1H", "5/30s,5,PT30S", "1/2d,1,P2D"})
  void readsALimit(String text, int failures, Duration per) {
    assertThat(FailureLimit.of(text)).isEqualTo(new FailureLimit(failures, per));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "0/1m", "10/0m", "-1/1m", "10/1", "10/m", "1 / 1m", "ten/1m"})
  void refusesWhatIsNoLimit(String text) {
    assertThatThrownBy(() -> FailureLimit.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: FAILURES/TIME as in 10/1m, or off");
  }

  private void fail(Email account, String address, int times) {
    for (int i = 0; i < times; i++) {
      failed.failed(account, address);
    }
  }
}
