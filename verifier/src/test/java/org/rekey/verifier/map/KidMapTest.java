package org.rekey.verifier.map;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.proto.keystore.v1.KeyRetired.Cause.CAUSE_COMMAND;
import static org.rekey.proto.keystore.v1.KeyRetired.Cause.CAUSE_FILE_REMOVED;
import static org.rekey.proto.keystore.v1.KeyRetired.Cause.CAUSE_UNSPECIFIED;
import static org.rekey.verifier.fixture.LogWriter.DEVICEAUTH;
import static org.rekey.verifier.fixture.LogWriter.USERADM;

import com.google.protobuf.ByteString;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.rekey.proto.keystore.v1.KeyActivated;
import org.rekey.proto.keystore.v1.KeyAdded;
import org.rekey.proto.keystore.v1.KeyCompromised;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyHeld;
import org.rekey.proto.keystore.v1.KeyReleased;
import org.rekey.proto.keystore.v1.KeyRetired;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.fixture.TestKeys;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.map.KidMap.Applied;
import org.rekey.verifier.map.KidMap.Outcome;
import org.rekey.verifier.map.KidMap.Violation;

class KidMapTest {
  private final LogWriter log = new LogWriter();
  private KidMap map = KidMap.empty();

  /// Every state that a kid can be in, and what each event makes of it; `-` is a violation.
  @ParameterizedTest
  @CsvSource({
    "NONE,              ADD,            ANNOUNCED",
    "NONE,              ACTIVATE,       -",
    "NONE,              RETIRE,         -",
    "NONE,              REMOVE_FILE,    -",
    "NONE,              COMPROMISE,     -",
    "ANNOUNCED,         ADD,            -",
    "ANNOUNCED,         ACTIVATE,       ACTIVE",
    "ANNOUNCED,         RETIRE,         RETIRED",
    "ANNOUNCED,         REMOVE_FILE,    RETIRED",
    "ANNOUNCED,         COMPROMISE,     COMPROMISED",
    "ACTIVE,            ADD,            -",
    "ACTIVE,            ACTIVATE,       -",
    "ACTIVE,            RETIRE,         RETIRED",
    "ACTIVE,            REMOVE_FILE,    RETIRED",
    "ACTIVE,            COMPROMISE,     COMPROMISED",
    "VERIFY_ONLY,       ADD,            -",
    "VERIFY_ONLY,       ACTIVATE,       ACTIVE",
    "VERIFY_ONLY,       RETIRE,         RETIRED",
    "VERIFY_ONLY,       REMOVE_FILE,    RETIRED",
    "VERIFY_ONLY,       COMPROMISE,     COMPROMISED",
    "RETIRED,           ADD,            -",
    "RETIRED,           ACTIVATE,       -",
    "RETIRED,           RETIRE,         -",
    "RETIRED,           REMOVE_FILE,    -",
    "RETIRED,           COMPROMISE,     COMPROMISED",
    "FILE_REMOVED,      ADD,            ANNOUNCED",
    "FILE_REMOVED,      ACTIVATE,       -",
    "FILE_REMOVED,      RETIRE,         -",
    "FILE_REMOVED,      REMOVE_FILE,    -",
    "FILE_REMOVED,      COMPROMISE,     COMPROMISED",
    "COMPROMISED,       ADD,            -",
    "COMPROMISED,       ACTIVATE,       -",
    "COMPROMISED,       RETIRE,         -",
    "COMPROMISED,       REMOVE_FILE,    -",
    "COMPROMISED,       COMPROMISE,     -",
  })
  void letsAKeyLiveByTheRules(From from, Event event, String to) {
    bring(7, from);
    var before = map;

    var outcome = apply(event, 7);

    if (to.equals("-")) {
      assertThat(outcome).isInstanceOf(Violation.class);
      assertThat(map.keys()).isEqualTo(before.keys());
    } else {
      assertThat(outcome).isInstanceOf(Applied.class);
      assertThat(state(7)).isEqualTo(KeyState.valueOf(to));
      assertThat(key(7).epoch()).isEqualTo(map.epoch());
    }
    assertThat(map.epoch()).isEqualTo(before.epoch() + 1);
  }

  @Test
  void keepsWhatAnnouncedKeysSay() {
    var event = log.added(USERADM, 5539, TestKeys.ec("secp256r1"));

    apply(LogWriter.parse(event));

    var key = key(5539);
    assertThat(key.ring()).isEqualTo(USERADM);
    assertThat(key.alg()).isEqualTo(Alg.ES256);
    assertThat(key.publicKey().getEncoded())
        .isEqualTo(TestKeys.ec("secp256r1").getPublic().getEncoded());
    assertThat(key.thumbprint()).isEqualTo(Thumbprint.of(TestKeys.ec("secp256r1").getPublic()));
    assertThat(key.issuer()).isEqualTo(LogWriter.USER_ISSUER);
    assertThat(key.purpose()).isEqualTo(Purpose.USER);
    assertThat(key.activatedAt()).isNull();
    assertThat(key.withdrawnAt()).isNull();
    assertThat(key.withdrawal()).isNull();
    assertThat(key.addedAt().getEpochSecond())
        .isEqualTo(LogWriter.parse(event).getAt().getSeconds());
  }

  @Test
  void mixesKindsOfKeysInOneRing() {
    var kid = 0;
    for (var alg : Alg.values()) {
      apply(LogWriter.parse(log.added(USERADM, kid++, TestKeys.of(alg))));
    }

    assertThat(map.keys(USERADM)).extracting(KnownKey::alg).containsExactly(Alg.values());
  }

  @Test
  void keepsRingsApart() {
    add(USERADM, 1, TestKeys.rsa());
    add(DEVICEAUTH, 1, TestKeys.rsa("device"));
    activate(USERADM, 1);
    activate(DEVICEAUTH, 1);

    assertThat(map.active(USERADM).orElseThrow().thumbprint())
        .isEqualTo(Thumbprint.of(TestKeys.rsa().getPublic()));
    assertThat(map.active(DEVICEAUTH).orElseThrow().purpose()).isEqualTo(Purpose.DEVICE);
    assertThat(map.find("artifact", 1)).isEmpty();
  }

  @Test
  void letsOnlyOneKeyOfARingSign() {
    add(USERADM, 0, TestKeys.rsa());
    add(USERADM, 1, TestKeys.ed25519());
    activate(USERADM, 0);
    activate(USERADM, 1);

    assertThat(state(0)).isEqualTo(KeyState.VERIFY_ONLY);
    assertThat(state(1)).isEqualTo(KeyState.ACTIVE);

    activate(USERADM, 0);

    assertThat(state(0)).isEqualTo(KeyState.ACTIVE);
    assertThat(state(1)).isEqualTo(KeyState.VERIFY_ONLY);
  }

  @Test
  void handsOverToTheSuccessorOfAWithdrawnActiveKey() {
    add(USERADM, 0, TestKeys.rsa());
    add(USERADM, 1, TestKeys.ed25519());
    activate(USERADM, 0);

    assertThat(retire(0, CAUSE_FILE_REMOVED, 1L)).isInstanceOf(Applied.class);

    assertThat(state(0)).isEqualTo(KeyState.RETIRED);
    assertThat(state(1)).isEqualTo(KeyState.ACTIVE);
    assertThat(key(1).activatedAt()).isNotNull();
  }

  @Test
  void handsOverToTheSuccessorOfACompromisedActiveKey() {
    add(USERADM, 0, TestKeys.rsa());
    add(USERADM, 1, TestKeys.ed25519());
    activate(USERADM, 1);
    activate(USERADM, 0);

    assertThat(compromise(0, 1L)).isInstanceOf(Applied.class);

    assertThat(state(0)).isEqualTo(KeyState.COMPROMISED);
    assertThat(state(1)).isEqualTo(KeyState.ACTIVE);
  }

  @Test
  void leavesARingWithoutASignerWhenThereIsNoSuccessor() {
    add(USERADM, 0, TestKeys.rsa());
    activate(USERADM, 0);

    retire(0, CAUSE_COMMAND, null);

    assertThat(map.active(USERADM)).isEmpty();
  }

  @Test
  void withdrawsAKeyEvenIfTheSuccessorIsImpossible() {
    add(USERADM, 0, TestKeys.rsa());
    add(USERADM, 1, TestKeys.ed25519());
    activate(USERADM, 0);
    retire(1, CAUSE_COMMAND, null);

    assertThat(compromise(0, 1L)).isInstanceOf(Violation.class);

    assertThat(state(0)).isEqualTo(KeyState.COMPROMISED);
    assertThat(state(1)).isEqualTo(KeyState.RETIRED);
  }

  @Test
  void doesNotLetAKeySucceedItself() {
    add(USERADM, 0, TestKeys.rsa());
    activate(USERADM, 0);

    assertThat(retire(0, CAUSE_COMMAND, 0L)).isInstanceOf(Violation.class);

    assertThat(map.active(USERADM)).isEmpty();
    assertThat(state(0)).isEqualTo(KeyState.RETIRED);
  }

  @Test
  void knowsNoSuccessorOfAKeyThatDidNotSign() {
    add(USERADM, 0, TestKeys.rsa());
    add(USERADM, 1, TestKeys.ed25519());

    assertThat(retire(0, CAUSE_COMMAND, 1L)).isInstanceOf(Violation.class);

    assertThat(state(0)).isEqualTo(KeyState.RETIRED);
    assertThat(state(1)).isEqualTo(KeyState.ANNOUNCED);
  }

  @ParameterizedTest
  @EnumSource(
      value = From.class,
      names = {"ANNOUNCED", "ACTIVE", "VERIFY_ONLY", "RETIRED", "FILE_REMOVED", "COMPROMISED"})
  void neverLetsAKidMeanAnotherKey(From from) {
    bring(7, from);
    var before = map.keys();

    var outcome = added(7, added -> LogWriter.keyAdded(USERADM, TestKeys.rsa("other").getPublic()));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Violation.class,
            violation -> assertThat(violation.text()).contains("useradm/7", "expected:"));
    assertThat(map.keys()).isEqualTo(before);
  }

  @Test
  void bringsAKeyBackWithItsFile() {
    add(USERADM, 7, TestKeys.rsa("seven"));
    activate(USERADM, 7);
    var firstAdded = key(7).addedAt();
    retire(7, CAUSE_FILE_REMOVED, null);
    assertThat(key(7).withdrawal()).isEqualTo(Withdrawal.FILE_REMOVED);

    add(USERADM, 7, TestKeys.rsa("seven"));

    assertThat(state(7)).isEqualTo(KeyState.ANNOUNCED);
    assertThat(key(7).withdrawnAt()).isNull();
    assertThat(key(7).addedAt()).isEqualTo(firstAdded);
  }

  @Test
  void holdsAKeyInAnyStateThatVerifiesUntilItIsReleasedOrWithdrawn() {
    add(USERADM, 7, TestKeys.rsa());
    assertThat(release(7)).isInstanceOf(Violation.class);

    assertThat(hold(7)).isInstanceOf(Applied.class);
    assertThat(key(7).held()).isTrue();
    assertThat(state(7)).isEqualTo(KeyState.ANNOUNCED);
    activate(USERADM, 7);
    assertThat(key(7).held()).isTrue();
    assertThat(release(7)).isInstanceOf(Applied.class);
    assertThat(key(7).held()).isFalse();

    hold(7);
    retire(7, CAUSE_FILE_REMOVED, null);
    assertThat(key(7).held()).isFalse();
    assertThat(hold(7)).isInstanceOf(Violation.class);
  }

  @Test
  void knowsSinceWhenAKeySignsNoMore() {
    add(USERADM, 0, TestKeys.rsa());
    add(USERADM, 1, TestKeys.ed25519());
    activate(USERADM, 0);
    activate(USERADM, 1);

    assertThat(key(0).life())
        .isInstanceOfSatisfying(
            KeyLife.VerifyOnly.class,
            life -> assertThat(life.replacedAt()).isEqualTo(key(1).activatedAt()));
  }

  @Test
  void takesAnUnknownCauseForACommand() {
    add(USERADM, 7, TestKeys.rsa());
    retire(7, CAUSE_UNSPECIFIED, null);

    assertThat(key(7).withdrawal()).isEqualTo(Withdrawal.COMMAND);
  }

  @Test
  void refusesAnAlgThatIsNotTheKeysOwn() {
    assertThat(added(1, added -> added.setAlg("ES256"))).isInstanceOf(Violation.class);
    assertThat(added(1, added -> added.setAlg("none"))).isInstanceOf(Violation.class);
    assertThat(added(1, added -> added.setAlg("HS256"))).isInstanceOf(Violation.class);
    assertThat(map.keys()).isEmpty();
  }

  @Test
  void refusesAThumbprintThatIsNotTheKeysOwn() {
    assertThat(
            added(
                1, added -> added.setThumbprint(Thumbprint.of(TestKeys.rsa("other").getPublic()))))
        .isInstanceOf(Violation.class);
    assertThat(map.keys()).isEmpty();
  }

  @Test
  void refusesAKeyThatIsNone() {
    assertThat(added(1, added -> added.setPublicKey(ByteString.copyFromUtf8("key"))))
        .isInstanceOf(Violation.class);
  }

  @Test
  void refusesAWeakKey() {
    var weak = TestKeys.rsa(1024, RSAKeyGenParameterSpec.F4);

    assertThat(added(1, _ -> LogWriter.keyAdded(USERADM, weak.getPublic())))
        .isInstanceOfSatisfying(
            Violation.class, violation -> assertThat(violation.text()).contains("1024 bits"));
  }

  @Test
  void refusesAPurposeThatIsNotTheRings() {
    assertThat(
            added(1, added -> added.setPurpose(org.rekey.proto.keystore.v1.Purpose.PURPOSE_DEVICE)))
        .isInstanceOf(Violation.class);
    assertThat(
            added(
                1,
                added -> added.setPurpose(org.rekey.proto.keystore.v1.Purpose.PURPOSE_UNSPECIFIED)))
        .isInstanceOf(Violation.class);
  }

  @Test
  void refusesASecondIssuerInARing() {
    add(USERADM, 0, TestKeys.rsa());

    assertThat(added(1, added -> added.setIssuer("evil"))).isInstanceOf(Violation.class);
    assertThat(added(1, KeyAdded.Builder::clearIssuer)).isInstanceOf(Violation.class);
    assertThat(map.find(USERADM, 1)).isEmpty();
  }

  @Test
  void refusesRingsThatDoNotExist() {
    var event =
        log.next(
            "root", 1, e -> e.setKeyAdded(LogWriter.keyAdded(USERADM, TestKeys.rsa().getPublic())));

    assertThat(apply(LogWriter.parse(event))).isInstanceOf(Violation.class);
  }

  @Test
  void refusesKidsBeyondSigned64Bits() {
    assertThat(added(-1, added -> added)).isInstanceOf(Violation.class);
  }

  @Test
  void refusesAnEventOfAKindThatItDoesNotKnow() {
    add(USERADM, 0, TestKeys.rsa());

    assertThat(apply(LogWriter.parse(log.next(USERADM, 0, event -> event))))
        .isInstanceOf(Violation.class);
    assertThat(state(0)).isEqualTo(KeyState.ANNOUNCED);
  }

  @Test
  void doesNotChangeUnderAReader() {
    add(USERADM, 0, TestKeys.rsa());
    var held = map;

    activate(USERADM, 0);

    assertThat(held.find(USERADM, 0).orElseThrow().state()).isEqualTo(KeyState.ANNOUNCED);
    assertThat(held.epoch()).isEqualTo(1);
  }

  @Test
  void hashesWhatVerifiesInOrderOfRingAndNumber() throws Exception {
    add(USERADM, 10, TestKeys.rsa());
    add(USERADM, 9, TestKeys.ed25519());
    add(USERADM, 8, TestKeys.rsa("gone"));
    add(DEVICEAUTH, 0, TestKeys.ec("secp256r1"));
    retire(8, CAUSE_COMMAND, null);

    var text =
        "deviceauth/0/%s/ES256\nuseradm/9/%s/EdDSA\nuseradm/10/%s/RS256\n"
            .formatted(
                Thumbprint.of(TestKeys.ec("secp256r1").getPublic()),
                Thumbprint.of(TestKeys.ed25519().getPublic()),
                Thumbprint.of(TestKeys.rsa().getPublic()));
    assertThat(map.keySetHash())
        .isEqualTo(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
  }

  @Test
  void hashesAlikeWhateverSigns() {
    add(USERADM, 0, TestKeys.rsa());
    var before = map.keySetHash();
    activate(USERADM, 0);

    assertThat(map.keySetHash()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "ANNOUNCED, false",
    "ACTIVE, true",
    "VERIFY_ONLY, true",
    "RETIRED, false",
    "COMPROMISED, false"
  })
  void onlyAKeyThatSignsOrDidSignsManifests(KeyState state, boolean isLegal) {
    add("artifact", 1, TestKeys.rsa("seven"));
    if (state != KeyState.ANNOUNCED) {
      activate("artifact", 1);
    }
    switch (state) {
      case VERIFY_ONLY -> {
        add("artifact", 2, TestKeys.rsa("eight"));
        activate("artifact", 2);
      }
      case RETIRED -> apply(LogWriter.parse(log.retired("artifact", 1, CAUSE_COMMAND)));
      case COMPROMISED -> apply(LogWriter.parse(log.compromised("artifact", 1)));
      case ANNOUNCED, ACTIVE -> {}
    }
    var before = map;

    var outcome = apply(LogWriter.parse(log.manifestSigned("artifact", 1, new byte[32], "r1")));

    assertThat(outcome).isInstanceOf(isLegal ? Applied.class : Violation.class);
    assertThat(map.keys()).isEqualTo(before.keys());
    assertThat(map.epoch()).isEqualTo(before.epoch() + 1);
  }

  @Test
  void keysForTokensSignNoManifests() {
    add(USERADM, 1, TestKeys.rsa("seven"));
    activate(USERADM, 1);
    assertThat(apply(LogWriter.parse(log.manifestSigned(USERADM, 1, new byte[32], "r1"))))
        .isInstanceOf(Violation.class);
    add("artifact", 1, TestKeys.rsa("eight"));
    activate("artifact", 1);
    assertThat(apply(LogWriter.parse(log.manifestSigned("artifact", 1, new byte[31], "r1"))))
        .isInstanceOf(Violation.class);
  }

  private void bring(long kid, From from) {
    switch (from) {
      case NONE -> {}
      case ANNOUNCED -> add(USERADM, kid, TestKeys.rsa("seven"));
      case ACTIVE -> {
        bring(kid, From.ANNOUNCED);
        activate(USERADM, kid);
      }
      case VERIFY_ONLY -> {
        bring(kid, From.ACTIVE);
        add(USERADM, 8, TestKeys.rsa("eight"));
        activate(USERADM, 8);
      }
      case RETIRED -> {
        bring(kid, From.ANNOUNCED);
        retire(kid, CAUSE_COMMAND, null);
      }
      case FILE_REMOVED -> {
        bring(kid, From.ANNOUNCED);
        retire(kid, CAUSE_FILE_REMOVED, null);
      }
      case COMPROMISED -> {
        bring(kid, From.ANNOUNCED);
        compromise(kid, null);
      }
    }
  }

  private Outcome apply(Event event, long kid) {
    return switch (event) {
      case ADD -> add(USERADM, kid, TestKeys.rsa("seven"));
      case ACTIVATE -> activate(USERADM, kid);
      case RETIRE -> retire(kid, CAUSE_COMMAND, null);
      case REMOVE_FILE -> retire(kid, CAUSE_FILE_REMOVED, null);
      case COMPROMISE -> compromise(kid, null);
    };
  }

  private Outcome add(String ring, long kid, KeyPair key) {
    return apply(LogWriter.parse(log.added(ring, kid, key)));
  }

  private Outcome added(long kid, UnaryOperator<KeyAdded.Builder> change) {
    var added = change.apply(LogWriter.keyAdded(USERADM, TestKeys.rsa().getPublic()));
    return apply(LogWriter.parse(log.append(USERADM, kid, event -> event.setKeyAdded(added))));
  }

  private Outcome activate(String ring, long kid) {
    return apply(
        LogWriter.parse(
            log.append(
                ring, kid, event -> event.setKeyActivated(KeyActivated.getDefaultInstance()))));
  }

  private Outcome retire(long kid, KeyRetired.Cause cause, @Nullable Long successor) {
    var retired = KeyRetired.newBuilder().setCause(cause);
    if (successor != null) {
      retired.setSuccessorKid(successor);
    }
    return apply(LogWriter.parse(log.append(USERADM, kid, event -> event.setKeyRetired(retired))));
  }

  private Outcome hold(long kid) {
    return apply(
        LogWriter.parse(
            log.append(USERADM, kid, event -> event.setKeyHeld(KeyHeld.getDefaultInstance()))));
  }

  private Outcome release(long kid) {
    return apply(
        LogWriter.parse(
            log.append(
                USERADM, kid, event -> event.setKeyReleased(KeyReleased.getDefaultInstance()))));
  }

  private Outcome compromise(long kid, @Nullable Long successor) {
    var compromised = KeyCompromised.newBuilder();
    if (successor != null) {
      compromised.setSuccessorKid(successor);
    }
    return apply(
        LogWriter.parse(log.append(USERADM, kid, event -> event.setKeyCompromised(compromised))));
  }

  private Outcome apply(KeyEvent event) {
    var outcome = map.apply(event);
    map = outcome.map();
    return outcome;
  }

  private KnownKey key(long kid) {
    return map.find(USERADM, kid).orElseThrow();
  }

  private KeyState state(long kid) {
    return key(kid).state();
  }

  enum From {
    NONE,
    ANNOUNCED,
    ACTIVE,
    VERIFY_ONLY,
    RETIRED,
    FILE_REMOVED,
    COMPROMISED
  }

  enum Event {
    ADD,
    ACTIVATE,
    RETIRE,
    REMOVE_FILE,
    COMPROMISE
  }
}
