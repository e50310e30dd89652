package org.rekey.deviceauth;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// The server's side of `docs/device-key-rotation.md`, and those who would like to use it.
class KeyRotationsIT {
  private static final Duration DAY = Duration.ofDays(1);

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  private static Domain domain;
  private static int serial;

  @BeforeAll
  static void start() {
    domain = new Domain(POSTGRES, Domain.NO_LIMITS);
  }

  @AfterAll
  static void stop() {
    domain.close();
  }

  private static TestDevice accepted() {
    TestDevice device = TestDevice.ed25519("rotation-" + serial++);
    var _ = domain.accepted(device);
    return device;
  }

  private static String order(TestDevice device) {
    assertThat(domain.rotations.order(domain.find(device).id(), DAY, false))
        .isInstanceOf(KeyRotationStore.OrderStands.class);
    String challenge = domain.token(device).challenge();
    assertThat(challenge).hasSize(43);
    return challenge;
  }

  private static KeyRotations.Offer offer(TestDevice device, TestProof proof) {
    byte[] body = proof.body(device);
    return domain.rotations.offer(body, device.sign(body));
  }

  private static KeyRotation.State state(TestDevice device) {
    return domain.rotations.list(List.of(domain.find(device).id())).getFirst().state();
  }

  private static AuthSetStatus status(TestDevice device) {
    return domain.authSet(device).status();
  }

  private static void assertIn(TestDevice device) {
    assertThat(domain.ask(device)).isInstanceOf(AuthRequests.Issued.class);
  }

  private static void assertOut(TestDevice device) {
    assertThat(domain.ask(device)).isInstanceOf(AuthRequests.NotAuthorized.class);
  }

  static Stream<Arguments> newKeys() {
    return Stream.of(
        Arguments.of("Ed25519", KeyFiles.ed25519()),
        Arguments.of("P-256", KeyFiles.ec("secp256r1")),
        Arguments.of("RSA 2048", KeyFiles.rsa(2048)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("newKeys")
  void aDeviceChangesItsKeyAndNobodyDecides(String name, KeyPair pair) {
    TestDevice device = accepted();
    TestDevice after = new TestDevice(device.idData(), pair);
    String challenge = order(device);
    TestProof proof = TestProof.of(pair, device, challenge);
    assertThat(offer(device, proof)).isEqualTo(new KeyRotations.Taken());
    assertThat(state(device)).isEqualTo(KeyRotation.State.OFFERED);
    assertThat(status(after)).isEqualTo(AuthSetStatus.PREAUTHORIZED);
    assertIn(device);
    assertThat(offer(device, proof)).as("once more").isEqualTo(new KeyRotations.Taken());
    assertThat(status(device)).as("until the new one is used").isEqualTo(AuthSetStatus.ACCEPTED);

    assertIn(after);
    assertThat(state(device)).isEqualTo(KeyRotation.State.DONE);
    assertThat(status(device)).isEqualTo(AuthSetStatus.REJECTED);
    assertThat(status(after)).isEqualTo(AuthSetStatus.ACCEPTED);
    assertThat(
            domain.number(
                "SELECT count(*) FROM device_token WHERE auth_set_id = '%s'"
                    .formatted(domain.authSet(device).id())))
        .as("its tokens have ended")
        .isZero();
    double told = domain.meters.counter("rekey.auth.retired.keys").count();
    assertOut(device);
    assertThat(domain.meters.counter("rekey.auth.retired.keys").count()).isEqualTo(told + 1);
    assertThat(domain.token(after).challenge()).as("that was all").isEmpty();
    assertThat(domain.find(after).authSets()).hasSize(2);
  }

  @Test
  void withoutAnOrderNoKeyFollowsAnother() {
    TestDevice device = accepted();
    assertThat(domain.token(device).challenge()).isEmpty();
    TestDevice thief = device.withNewKey();
    assertThat(offer(device, TestProof.of(thief.keys(), device, "A".repeat(43))))
        .isEqualTo(new KeyRotations.Refused(KeyRotationStore.Rule.NO_ORDER));
    assertOut(thief);
    assertIn(device);
  }

  @Test
  void aProofForAnotherChallengeIsRefused() {
    TestDevice device = accepted();
    String before = order(device);
    String now = order(device);
    assertThat(now).isNotEqualTo(before);
    KeyPair fresh = KeyFiles.ed25519();
    assertThat(offer(device, TestProof.of(fresh, device, before)))
        .isEqualTo(new KeyRotations.Refused(KeyRotationStore.Rule.OTHER_CHALLENGE));
    assertThat(offer(device, TestProof.of(fresh, device, now))).isEqualTo(new KeyRotations.Taken());
  }

  @Test
  void aProofForAnotherDevicesKeyIsRefused() {
    TestDevice device = accepted();
    TestDevice other = accepted();
    String challenge = order(device);
    assertThat(offer(device, TestProof.of(KeyFiles.ed25519(), other, challenge)))
        .isEqualTo(new KeyRotations.Refused(KeyRotationStore.Rule.OTHER_KEY));
    assertThat(offer(device, TestProof.of(device.keys(), device, challenge)))
        .as("a key that follows itself")
        .isEqualTo(new KeyRotations.Refused(KeyRotationStore.Rule.OTHER_KEY));
    assertThat(offer(device, TestProof.of(other.keys(), device, challenge)))
        .as("a key that another device has")
        .isEqualTo(new KeyRotations.Refused(KeyRotationStore.Rule.KEY_IS_KNOWN));
  }

  @Test
  void nobodyOffersAKeyThatIsNotTheirs() {
    TestDevice device = accepted();
    String challenge = order(device);
    KeyPair claimed = KeyFiles.ed25519();
    TestProof proof = TestProof.of(claimed, device, challenge);
    assertThat(offer(device, proof.signedBy(KeyFiles.ed25519())))
        .as("only the new public key")
        .isInstanceOf(KeyRotations.Malformed.class);
    assertThat(offer(device, proof.signedBy(device.keys())))
        .as("signed by the old key twice")
        .isInstanceOf(KeyRotations.Malformed.class);
    byte[] body = proof.body(device);
    assertThat(domain.rotations.offer(body, device.withNewKey().sign(body)))
        .as("only the new key")
        .isEqualTo(new KeyRotations.BadSignature());
    TestDevice stranger = device.withNewKey();
    assertThat(offer(stranger, TestProof.of(claimed, stranger, challenge)))
        .as("an old key that nobody has accepted")
        .isInstanceOf(KeyRotations.NotAuthorized.class);
    assertThat(domain.find(device).authSets()).as("nothing was stored").hasSize(1);
    assertIn(device);
  }

  static Stream<Arguments> damagedHeaders() {
    KeyPair ed25519 = KeyFiles.ed25519();
    KeyPair ec = KeyFiles.ec("secp256r1");
    KeyPair small = KeyFiles.rsa(1024);
    String good = TestProof.header(ed25519);
    return Stream.of(
        Arguments.of("none", good.replace("EdDSA", "none"), ed25519),
        Arguments.of("alg of another type", good.replace("EdDSA", "ES256"), ed25519),
        Arguments.of("HS256", good.replace("EdDSA", "HS256"), ed25519),
        Arguments.of("typ of a token", good.replace("rekey-key-rotation+jwt", "JWT"), ed25519),
        Arguments.of("crit", good.replace("{\"alg\"", "{\"crit\":\"x\",\"alg\""), ed25519),
        Arguments.of("jku", good.replace("{\"alg\"", "{\"jku\":\"http://x\",\"alg\""), ed25519),
        Arguments.of("no jwk", good.replaceAll(",\"jwk\":.*", "}"), ed25519),
        Arguments.of(
            "jwk twice", good.replaceAll("\"jwk\":(.*)}", "\"jwk\":$1,\"jwk\":$1}"), ed25519),
        Arguments.of("jwk in jwk", good.replace("\"jwk\":{", "\"jwk\":{\"jwk\":{},"), ed25519),
        Arguments.of("another curve", TestProof.header(ec).replace("P-256", "P-384"), ec),
        Arguments.of("RSA 1024", TestProof.header(small), small));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damagedHeaders")
  void aProofWithAHeaderOfAnotherKindIsRefused(String name, String header, KeyPair signer) {
    TestDevice device = accepted();
    TestProof proof = TestProof.of(signer, device, order(device)).withHeader(header);
    assertThat(offer(device, proof)).isInstanceOf(KeyRotations.Malformed.class);
    assertThat(domain.find(device).authSets()).hasSize(1);
  }

  @Test
  void aProofForAnotherAudienceIsRefused() {
    TestDevice device = accepted();
    TestProof proof = TestProof.of(KeyFiles.ed25519(), device, order(device));
    for (String payload :
        List.of(
            proof.payload().replace("rekey-deviceauth", "rekey"),
            proof.payload().replace("\"nonce\"", "\"nonsense\""),
            "{}",
            "[]",
            proof.payload() + " ",
            proof.payload().replace("{\"aud\"", "{\"n\":1,\"aud\""))) {
      KeyRotations.Offer offer = offer(device, proof.withPayload(payload));
      if (payload.endsWith(" ")) {
        assertThat(offer).isEqualTo(new KeyRotations.Taken());
      } else {
        assertThat(offer).as(payload).isInstanceOf(KeyRotations.Malformed.class);
      }
    }
  }

  @Test
  void twoKeysForOneDeviceAreNobodys() {
    TestDevice device = accepted();
    String challenge = order(device);
    TestDevice first = device.withNewKey();
    TestDevice second = device.withNewKey();
    assertThat(offer(device, TestProof.of(first.keys(), device, challenge)))
        .isEqualTo(new KeyRotations.Taken());
    assertThat(offer(device, TestProof.of(second.keys(), device, challenge)))
        .isEqualTo(new KeyRotations.Conflict());
    assertThat(state(device)).isEqualTo(KeyRotation.State.CONFLICT);
    assertOut(first);
    assertOut(second);
    assertThat(domain.token(device).challenge()).isEmpty();
  }

  @Test
  void aRecordedOfferChangesNothingOnceTheKeyHasChanged() {
    TestDevice device = accepted();
    TestDevice after = device.withNewKey();
    TestProof proof = TestProof.of(after.keys(), device, order(device));
    byte[] recorded = proof.body(device);
    String signature = device.sign(recorded);
    assertThat(domain.rotations.offer(recorded, signature)).isEqualTo(new KeyRotations.Taken());
    assertIn(after);
    assertThat(domain.rotations.offer(recorded, signature))
        .isEqualTo(new KeyRotations.NotAuthorized(AuthSetStatus.REJECTED));
    assertThat(status(after)).isEqualTo(AuthSetStatus.ACCEPTED);
    assertThat(state(after)).isEqualTo(KeyRotation.State.DONE);
  }

  @Test
  void anOrderThatIsOverIsRolledBackAtTheNewKeysFirstUse() {
    TestDevice device = accepted();
    TestDevice after = device.withNewKey();
    TestProof proof = TestProof.of(after.keys(), device, order(device));
    assertThat(offer(device, proof)).isEqualTo(new KeyRotations.Taken());
    domain.clock.advance(DAY.plusSeconds(1));
    assertOut(after);
    assertThat(state(device)).isEqualTo(KeyRotation.State.ROLLED_BACK);
    assertThat(status(after)).isEqualTo(AuthSetStatus.REJECTED);
    assertThat(domain.token(device).challenge()).isEmpty();
    assertThat(offer(device, proof))
        .isEqualTo(new KeyRotations.Refused(KeyRotationStore.Rule.NO_ORDER));
  }

  @Test
  void aDeviceThatIsRejectedDoesNotComeInByItsNewKey() {
    TestDevice device = accepted();
    TestDevice after = device.withNewKey();
    assertThat(offer(device, TestProof.of(after.keys(), device, order(device))))
        .isEqualTo(new KeyRotations.Taken());
    assertThat(domain.set(device, AuthSetStatus.REJECTED))
        .isInstanceOf(DecisionStore.StatusSet.class);
    assertOut(after);
    assertOut(device);
    assertThat(state(device)).isEqualTo(KeyRotation.State.ROLLED_BACK);
  }

  @Test
  void anOrderThatIsTakenBackLeavesTheOldKey() {
    TestDevice device = accepted();
    TestDevice after = device.withNewKey();
    assertThat(offer(device, TestProof.of(after.keys(), device, order(device))))
        .isEqualTo(new KeyRotations.Taken());
    List<String> id = List.of(domain.find(device).id());
    assertThat(domain.rotations.cancel(id)).isEqualTo(1);
    assertThat(domain.rotations.cancel(id)).isZero();
    assertOut(after);
    assertThat(domain.token(device).challenge()).isEmpty();
    assertThat(state(device)).isEqualTo(KeyRotation.State.CANCELLED);
  }

  @Test
  void whatTheOwnerHasPreauthorizedKeepsItsPlace() {
    TestDevice device = accepted();
    TestDevice owners = device.withNewKey();
    assertThat(domain.preauthorize(owners, true)).isInstanceOf(Devices.Preauthorized.class);
    assertThat(offer(device, TestProof.of(KeyFiles.ed25519(), device, order(device))))
        .isEqualTo(new KeyRotations.Refused(KeyRotationStore.Rule.OTHER_WAITS));
    assertIn(owners);
  }

  @Test
  void onlyAcceptedDevicesAreOrdered() {
    TestDevice pending = TestDevice.ed25519("rotation-" + serial++);
    assertOut(pending);
    assertThat(domain.rotations.order(domain.find(pending).id(), DAY, true))
        .isEqualTo(new KeyRotationStore.NotOrdered(KeyRotationStore.NoOrder.NOT_ACCEPTED));
    assertThat(domain.rotations.order("00000000-0000-4000-8000-000000000000", DAY, true))
        .isEqualTo(new KeyRotationStore.NotOrdered(KeyRotationStore.NoOrder.NO_DEVICE));
  }

  @Test
  void anOrderEndsTokensWhenItIsToBeCarriedOutNow() {
    TestDevice device = accepted();
    var token = domain.token(device);
    assertThat(domain.rotations.order(domain.find(device).id(), DAY, true))
        .isInstanceOfSatisfying(
            KeyRotationStore.OrderStands.class,
            stands -> assertThat(stands.ended()).contains(token.tokenId()));
  }
}
