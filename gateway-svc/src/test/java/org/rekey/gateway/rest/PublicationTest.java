package org.rekey.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.net.HostAndPort;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.runtime.config.SettingsException;

class PublicationTest {
  private static Publication at(String url) {
    return new Publication(Duration.ofMinutes(5), Optional.of(URI.create(url)), true);
  }

  @Test
  void theAddressOfTheSettingsGoesBeforeTheClientsOwn() {
    HostAndPort client = HostAndPort.create("evil.example", 1);

    assertThat(at("https://a.example:8443").base(client)).contains("https://a.example:8443");
    assertThat(at("https://a.example").cacheControlOfAddresses())
        .isEqualTo("public, max-age=300, must-revalidate");
  }

  @Test
  void whatIsMadeOfTheClientsOwnAddressIsKeptByNobody() {
    Publication publication = new Publication(Duration.ZERO, Optional.empty(), true);

    assertThat(publication.base(HostAndPort.create("a.example", 8443)))
        .contains("https://a.example:8443");
    assertThat(publication.base(null)).isEmpty();
    assertThat(publication.cacheControlOfAddresses()).isEqualTo("no-store");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://a.example",
        "https:a",
        "a.example",
        "https://a.example/",
        "https://a.example/x",
        "https://u:p@a.example",
        "https://a.example?x",
        "https://a.example#x"
      })
  void whatIsNoPlainAddressIsRefused(String url) {
    assertThatThrownBy(() -> at(url))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("GATEWAY_PUBLIC_URL: ");
  }

  @Test
  void maxAgeHasBounds() {
    for (Duration age : new Duration[] {Duration.ofSeconds(-1), Duration.ofDays(2)}) {
      assertThatThrownBy(() -> new Publication(age, Optional.empty(), false))
          .isInstanceOf(SettingsException.class)
          .hasMessageContaining("GATEWAY_JWKS_MAX_AGE: ");
    }
  }
}
