package org.rekey.deviceauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.deviceauth.Installation.together;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rekey.testkit.PostgresExtension;
import org.rekey.verifier.serve.LiveToken;

class DeviceTokensIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  private final TestDevice device = TestDevice.ed25519("1");
  private Domain domain;

  @BeforeEach
  void open() {
    domain = new Domain(POSTGRES, Domain.NO_LIMITS);
  }

  @AfterEach
  void close() {
    domain.close();
  }

  private TokenStore tokens() {
    return domain.stores.tokens();
  }

  private List<String> live() {
    return domain.texts("SELECT id FROM device_token ORDER BY seq");
  }

  @Test
  void haveIdsOfTheirOwnAndTheLastTwoOfAKeyAreLive() {
    Device accepted = domain.accepted(device);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.add(domain.token(device).tokenId());
    }
    assertThat(ids).doesNotHaveDuplicates().doesNotContain(domain.authSet(device).id());
    assertThat(live()).isEqualTo(ids.subList(3, 5));
    assertThat(domain.stores.tokens().live(ids))
        .containsOnlyKeys(ids.get(3), ids.get(4))
        .containsEntry(ids.get(4), new LiveToken(accepted.id(), LiveToken.Kind.DEVICE));
  }

  @Test
  void manyRequestsAtOnceLeaveTwo() {
    assertThat(domain.accepted(device)).isNotNull();
    List<String> ids = together(24, () -> domain.token(device).tokenId());
    assertThat(ids).doesNotHaveDuplicates();
    assertThat(live()).hasSize(2).isSubsetOf(ids);
  }

  @Test
  void areRevokedByTheirIdByTheirAuthSetAndByTheirDevice() {
    Device accepted = domain.accepted(device);
    TestDevice other = TestDevice.ed25519("2");
    assertThat(domain.accepted(other)).isNotNull();
    String others = domain.token(other).tokenId();
    String authSet = domain.authSet(device).id();
    String first = domain.token(device).tokenId();
    String second = domain.token(device).tokenId();
    assertThat(tokens().revoke(first)).hasValue(List.of(first));
    assertThat(tokens().revoke(first)).isEmpty();
    assertThat(live()).containsExactly(others, second);
    assertThat(tokens().revoke(authSet)).hasValue(List.of(second));
    assertThat(tokens().revoke(authSet)).hasValue(List.of());
    String third = domain.token(device).tokenId();
    assertThat(tokens().revokeAllOf(accepted.id())).containsExactly(third);
    assertThat(tokens().revokeAllOf(accepted.id())).isEmpty();
    assertThat(live()).containsExactly(others);
    assertThat(tokens().revokeEverything()).isEqualTo(1);
    assertThat(live()).isEmpty();
  }

  @Test
  void areNotEnteredForAKeyThatIsNotAccepted() {
    Device accepted = domain.accepted(device);
    String authSet = domain.authSet(device).id();
    Instant now = domain.clock.instant();
    TokenStore.Token token =
        new TokenStore.Token("t", accepted.id(), authSet, 0, now, now.plusSeconds(60), false);
    TokenStore.Token others =
        new TokenStore.Token("t", "another", authSet, 0, now, now.plusSeconds(60), false);
    assertThat(tokens().enter(others, 2)).isInstanceOf(TokenStore.NotAccepted.class);
    assertThat(domain.set(device, AuthSetStatus.REJECTED)).isNotNull();
    assertThat(tokens().enter(token, 2)).isInstanceOf(TokenStore.NotAccepted.class);
    assertThat(domain.devices.decommission(accepted.id())).isTrue();
    assertThat(tokens().enter(token, 2)).isInstanceOf(TokenStore.NotAccepted.class);
    assertThat(live()).isEmpty();
  }

  @Test
  void areCountedOnTheirKeys() {
    Instant now = domain.clock.instant();
    List<String> devices = new ArrayList<>();
    for (int n = 0; n < 25; n++) {
      TestDevice one = TestDevice.ed25519("usage-" + n);
      Device accepted = domain.accepted(one);
      devices.add(accepted.id());
      String authSet = domain.authSet(one).id();
      int many = n == 0 ? 5 : n % 2 + 1;
      for (int i = 0; i < many; i++) {
        enter(accepted.id(), authSet, n < 24 ? 7 : 8, now.plusSeconds(100 + n));
      }
      enter(accepted.id(), authSet, 9, now.minusSeconds(1));
    }
    List<TokenStore.KidUsage> usage = tokens().usage(now);
    assertThat(usage).extracting(TokenStore.KidUsage::kid).containsExactly(7L, 8L);
    TokenStore.KidUsage seven = usage.getFirst();
    assertThat(seven.owners()).isEqualTo(24);
    assertThat(seven.tokens()).isEqualTo(5 + 12 * 2 + 11);
    assertThat(seven.lastExpiry()).isEqualTo(now.plusSeconds(123));
    assertThat(seven.neverExpires()).isFalse();
    assertThat(seven.topOwners())
        .hasSize(20)
        .isSortedAccordingTo((a, b) -> Long.compare(b.tokens(), a.tokens()));
    assertThat(seven.topOwners().getFirst())
        .isEqualTo(new TokenStore.Owner(devices.getFirst(), "{\"sn\":\"usage-0\"}", 5));
  }

  private void enter(String deviceId, String authSetId, long kid, Instant expiresAt) {
    String id = UUID.randomUUID().toString();
    Instant now = domain.clock.instant();
    assertThat(
            tokens()
                .enter(
                    new TokenStore.Token(id, deviceId, authSetId, kid, now, expiresAt, false), 100))
        .isInstanceOf(TokenStore.Entered.class);
  }

  @Test
  void areRemovedSomeAtATimeWhenTheyHaveExpired() {
    Device accepted = domain.accepted(device);
    String authSet = domain.authSet(device).id();
    Instant now = domain.clock.instant();
    for (int n = 0; n < 12; n++) {
      enter(accepted.id(), authSet, 0, now.plusSeconds(n));
    }
    assertThat(tokens().removeExpired(now.plusSeconds(10), 4)).isEqualTo(4);
    assertThat(tokens().removeExpired(now.plusSeconds(10), 100)).isEqualTo(6);
    assertThat(tokens().removeExpired(now.plusSeconds(10), 100)).isZero();
    assertThat(live()).hasSize(2);
  }

  @Test
  void lastAsLongAsTheyAreMeantTo() {
    assertThat(domain.accepted(device)).isNotNull();
    assertThat(domain.token(device).kid()).isEqualTo(Domain.KID);
    assertThat(
            domain.texts(
                "SELECT extract(epoch FROM expires_at - issued_at)::int FROM device_token"))
        .isEqualTo(List.of(Long.toString(Duration.ofDays(7).toSeconds())));
    assertThat(domain.stores.tokens().live(Set.of("none"))).isEmpty();
  }
}
