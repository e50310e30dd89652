package org.rekey.deviceauth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.deviceauth.Installation.together;

import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;
import org.rekey.verifier.token.CertificateThumbprint;

/// Devices that come with a certificate which the gateway has checked.
class DeviceCertificatesIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  private final TestDevice device = TestDevice.ed25519("d-1");
  private Domain domain;

  @BeforeEach
  void open() {
    domain = new Domain(POSTGRES, Domain.NO_LIMITS);
  }

  @AfterEach
  void close() {
    domain.close();
  }

  private static CertificateEvidence certificate(TestDevice of, CertifiedMember... identity) {
    return new CertificateEvidence(
        thumbprint(of), of.keys().getPublic().getEncoded(), List.of(identity));
  }

  private static CertificateThumbprint thumbprint(TestDevice of) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(of.publicKey().getBytes(UTF_8));
      return Objects.requireNonNull(CertificateThumbprint.of(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private AuthRequests.Answer ask(TestDevice asking) {
    return domain.ask(asking, certificate(asking));
  }

  private AuthSetStatus status(TestDevice of) {
    return domain.authSet(of).status();
  }

  @Test
  void comeInWithoutAnybodyAcceptingThem() {
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
    assertThat(status(device)).isEqualTo(AuthSetStatus.ACCEPTED);
    assertThat(domain.find(device).status()).isEqualTo(DeviceStatus.ACCEPTED);
    assertThat(domain.number("SELECT count(*) FROM outbox WHERE topic LIKE '%device.v1'"))
        .as("preauthorized, accepted")
        .isEqualTo(2);
    assertThat(ask(device)).as("again").isInstanceOf(AuthRequests.Issued.class);
    assertThat(domain.number("SELECT count(*) FROM outbox WHERE topic LIKE '%device.v1'"))
        .isEqualTo(2);
  }

  @Test
  void comeInAlsoWhenTheyHaveWaitedBefore() {
    assertThat(domain.ask(device)).isEqualTo(notAuthorized(AuthSetStatus.PENDING));
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
    assertThat(domain.find(device).authSets()).hasSize(1);
  }

  @Test
  void stayOutsideWhenTheirOwnerHasRejectedTheKey() {
    domain.accepted(device);
    domain.set(device, AuthSetStatus.REJECTED);
    assertThat(ask(device)).isEqualTo(notAuthorized(AuthSetStatus.REJECTED));
    assertThat(status(device)).isEqualTo(AuthSetStatus.REJECTED);

    assertThat(ask(device.withNewKey())).as("another key").isInstanceOf(AuthRequests.Issued.class);
    assertThat(ask(device)).isEqualTo(notAuthorized(AuthSetStatus.REJECTED));
  }

  @Test
  void waitWhenTheirOwnerHasPutThemBackUntilTheyAreAcceptedAgain() {
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
    domain.set(device, AuthSetStatus.PENDING);
    assertThat(ask(device)).isEqualTo(notAuthorized(AuthSetStatus.PENDING));
    assertThat(status(device)).isEqualTo(AuthSetStatus.PENDING);
    domain.set(device, AuthSetStatus.ACCEPTED);
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
  }

  /// It had found the key waiting as it first came, and is late with what it does about it.
  @Test
  void waitAlsoForARequestThatWasUnderWayWhenTheirOwnerPutThemBack() {
    assertThat(domain.ask(device)).isEqualTo(notAuthorized(AuthSetStatus.PENDING));
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
    domain.set(device, AuthSetStatus.PENDING);
    domain.certify(device);
    assertThat(status(device)).isEqualTo(AuthSetStatus.PENDING);
  }

  @Test
  void comeInWithANewKeyWhichTakesThePlaceOfTheOldOne() {
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
    TestDevice renewed = device.withNewKey();
    assertThat(ask(renewed)).isInstanceOf(AuthRequests.Issued.class);

    assertThat(domain.find(device).authSets()).hasSize(2);
    assertThat(status(device)).isEqualTo(AuthSetStatus.REJECTED);
    assertThat(status(renewed)).isEqualTo(AuthSetStatus.ACCEPTED);
    assertThat(domain.texts("SELECT auth_set_id FROM device_token"))
        .as("the tokens of the old key have ended")
        .containsExactly(domain.authSet(renewed).id());
    assertThat(ask(device)).isEqualTo(notAuthorized(AuthSetStatus.REJECTED));
  }

  @Test
  void countAgainstTheLimitOfAcceptedDevices() {
    domain.devices.limitDevices(1);
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
    TestDevice second = TestDevice.ed25519("d-2");
    assertThat(ask(second))
        .isEqualTo(new AuthRequests.NotAuthorized(AuthSetStatus.PREAUTHORIZED, true, false));
    assertThat(status(second)).isEqualTo(AuthSetStatus.PREAUTHORIZED);

    domain.devices.limitDevices(2);
    assertThat(ask(second)).isInstanceOf(AuthRequests.Issued.class);
  }

  @Test
  void needTheirCertificateFromThenOn() {
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
    assertThat(domain.ask(device))
        .isEqualTo(new AuthRequests.NotAuthorized(AuthSetStatus.ACCEPTED, false, true));

    assertThat(domain.devices.deleteAuthSet(domain.find(device).id(), domain.authSet(device).id()))
        .isTrue();
    assertThat(domain.ask(device)).isEqualTo(notAuthorized(AuthSetStatus.PENDING));
  }

  @Test
  void needItAlsoWhileTheyWaitForAPlace() {
    domain.devices.limitDevices(0);
    assertThat(ask(device)).isInstanceOf(AuthRequests.NotAuthorized.class);
    domain.devices.limitDevices(1);
    assertThat(domain.ask(device))
        .isEqualTo(new AuthRequests.NotAuthorized(AuthSetStatus.PREAUTHORIZED, false, true));
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
  }

  @Test
  void loseTheTokensThatTheyHadWithoutIt() {
    domain.accepted(device);
    String before = domain.token(device).tokenId();
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
    assertThat(domain.texts("SELECT id FROM device_token")).hasSize(1).doesNotContain(before);
  }

  @Test
  void getNoTokenThatIsNotBoundHoweverTheyRace() {
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
    AuthSet authSet = domain.authSet(device);
    TokenStore.Token unbound =
        new TokenStore.Token(
            "t",
            authSet.deviceId(),
            authSet.id(),
            0,
            domain.clock.instant(),
            domain.clock.instant().plusSeconds(60),
            false);
    assertThat(domain.stores.tokens().enter(unbound, 2)).isEqualTo(new TokenStore.NotAccepted());
  }

  @Test
  void comeBackAsNewDevicesAfterTheyWereDecommissioned() {
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
    String id = domain.find(device).id();
    assertThat(domain.devices.decommission(id)).isTrue();
    assertThat(ask(device)).isInstanceOf(AuthRequests.Issued.class);
    assertThat(domain.find(device).id()).isNotEqualTo(id);
  }

  @Test
  void areNotBelievedWithTheKeyOfAnother() {
    TestDevice other = TestDevice.ed25519("d-2");
    assertThat(domain.ask(device, certificate(other)))
        .isEqualTo(
            new AuthRequests.Mismatch(
                "the key of the auth request is not the key of the certificate"));
    assertThat(domain.number("SELECT count(*) FROM device")).isZero();
  }

  @Test
  void areNotLetInAsSomebodyElseWithARejectedKey() {
    domain.accepted(device);
    domain.set(device, AuthSetStatus.REJECTED);
    TestDevice disguised = new TestDevice("{\"sn\":\"d-1\",\"x\":1}", device.keys());
    String known = domain.find(device).id();
    assertThat(ask(disguised))
        .isInstanceOfSatisfying(
            AuthRequests.Mismatch.class,
            m -> assertThat(m.why()).startsWith("the key is that of device " + known + " "));
    assertThat(domain.number("SELECT count(*) FROM device")).isEqualTo(1);
    assertThat(domain.number("SELECT count(*) FROM auth_set")).isEqualTo(1);

    assertThat(domain.ask(disguised)).isEqualTo(notAuthorized(AuthSetStatus.PENDING));
    assertThat(ask(disguised)).as("waits").isInstanceOf(AuthRequests.Mismatch.class);

    assertThat(domain.devices.decommission(known)).isTrue();
    assertThat(ask(disguised)).as("by its owner's will").isInstanceOf(AuthRequests.Issued.class);
  }

  @Test
  void areOneDeviceHoweverManyTheyClaimToBeAtOnce() {
    for (int round = 0; round < 5; round++) {
      KeyPair keys = KeyFiles.ed25519();
      String form = "{\"sn\":\"d-" + round + "\",\"x\":%d}";
      AtomicInteger next = new AtomicInteger();
      List<AuthRequests.Answer> answers =
          together(8, () -> ask(new TestDevice(form.formatted(next.incrementAndGet()), keys)));
      assertThat(answers).filteredOn(AuthRequests.Issued.class::isInstance).hasSize(1);
      assertThat(answers).filteredOn(AuthRequests.Mismatch.class::isInstance).hasSize(7);
      assertThat(domain.number("SELECT count(*) FROM device")).isEqualTo(round + 1);
    }
  }

  @Test
  void areNotAskedForTheirIdentityBeforeTheirSignatureIsGood() {
    byte[] body = device.body();
    byte[] tampered = Arrays.copyOf(body, body.length + 1);
    tampered[body.length] = ' ';
    assertThat(
            domain.requests.authenticate(
                tampered, device.sign(body), Domain.ADDRESS, certificate(device)))
        .isEqualTo(new AuthRequests.BadSignature());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"sn\":\"7\"}        | 7     | true",
        "{\"sn\":\"7\"}        | 8,7   | true",
        "{\"sn\":7}            | 7     | true",
        "{\"sn\":\"7\",\"a\":{\"sn\":\"8\"}} | 7 | true",
        "{\"sn\":\"7\"}        | 8     | false",
        "{\"sn\":\"7\"}        | ''    | false",
        "{\"sn\":\"7\"}        |       | false",
        "{\"sn\":[\"7\"]}      | 7     | false",
        "{\"sn\":[\"7\",\"8\"]}| 7     | false",
        "{\"sn\":{\"sn\":\"7\"}}| 7    | false",
        "{\"sn\":true}         | true  | false",
        "{\"mac\":\"7\"}       | 7     | false",
        "{\"a\":{\"sn\":\"7\"}}| 7     | false"
      })
  void areWhatTheirCertificateSaysByTheRule(
      String idData, @Nullable String certified, boolean isIn) {
    List<String> values = certified == null ? List.of() : List.of(certified.split(",", -1));
    TestDevice known = new TestDevice(idData, device.keys());
    AuthRequests.Answer answer =
        domain.ask(known, certificate(known, new CertifiedMember("sn", values, "cn=sn")));
    if (isIn) {
      assertThat(answer).isInstanceOf(AuthRequests.Issued.class);
    } else {
      assertThat(answer)
          .isInstanceOfSatisfying(
              AuthRequests.Mismatch.class, m -> assertThat(m.why()).startsWith("rule cn=sn: the"));
      assertThat(domain.number("SELECT count(*) FROM device")).isZero();
    }
  }

  private static AuthRequests.NotAuthorized notAuthorized(AuthSetStatus status) {
    return new AuthRequests.NotAuthorized(status);
  }
}
