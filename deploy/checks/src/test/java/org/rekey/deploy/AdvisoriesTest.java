package org.rekey.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdvisoriesTest {
  private static final LocalDate TODAY = LocalDate.of(2026, 11, 26);

  @Test
  @SuppressWarnings("JavaTimeDefaultTimeZone") // An exception ends by the calendar of who builds.
  void nothingThatIsDeliveredHasAKnownHole() throws IOException {
    assertThat(
            Advisories.read().problems(Component.delivered(), Exceptions.read(), LocalDate.now()))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "io.netty:netty-codec-http, 4.2.14.Final, true",
    "io.netty:netty-codec-http, 4.2.15.Final, false",
    "io.netty:netty-codec-http, 4.1.134.Final, true",
    "ch.qos.logback:logback-core, 1.5.32, true",
    "ch.qos.logback:logback-core, 1.5.33, false",
    "org.bouncycastle:bcpkix-jdk18on, 1.80.2, false",
    "org.bouncycastle:bcpkix-jdk18on, 1.81, true",
    "org.bouncycastle:bcpkix-jdk18on, 1.9, false",
    "com.google.protobuf:protobuf-java, 4.28.0-RC3, true",
    "com.example:nobody, 1.0, false"
  })
  void knowsWhichVersionsAreAffected(String name, String version, boolean affected)
      throws IOException {
    List<String> problems =
        Advisories.read()
            .problems(List.of(new Component(name, version, List.of())), List.of(), TODAY);

    assertThat(!problems.isEmpty()).isEqualTo(affected);
  }

  @Test
  void namesTheHoleTheVersionThatMendsItAndTheWayToExceptIt() throws IOException {
    assertThat(
            Advisories.read()
                .problems(
                    List.of(new Component("org.bouncycastle:bcprov-jdk18on", "1.83", List.of())),
                    List.of(),
                    TODAY))
        .containsExactly(
            "org.bouncycastle:bcprov-jdk18on 1.83: CVE-2026-0636, LDAP injection in"
                + " LDAPStoreHelper (expected: 1.84 or later, or an exception with a reason in"
                + " deploy/supply-chain/exceptions.yaml)");
  }

  @Test
  void anExceptionHoldsForOneHoleOfOneComponentUntilItsDay() throws IOException {
    var component = new Component("org.bouncycastle:bcprov-jdk18on", "1.83", List.of());
    var exception =
        new Exceptions.Accepted(
            "CVE-2026-0636", component.name(), TODAY, "no LDAP here", "somebody");

    assertThat(Advisories.read().problems(List.of(component), List.of(exception), TODAY)).isEmpty();
    assertThat(
            Advisories.read().problems(List.of(component), List.of(exception), TODAY.plusDays(1)))
        .singleElement()
        .asString()
        .contains("the exception ended on 2026-11-26");
  }
}
