package org.rekey.keystore.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rekey.keystore.key.KeyType;
import org.rekey.proto.keystore.v1.KeyActivated;
import org.rekey.proto.keystore.v1.KeyAdded;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.testkit.KeyFiles;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.Purpose;

class RotationPlanTest {
  private static final Instant START = Instant.parse("2026-11-24T12:00:00Z");
  private static final RotationRules DAILY =
      new RotationRules(Duration.ofDays(1), Duration.ZERO, QuietHours.none(), Optional.empty());

  private KidMap map = KidMap.empty();

  @BeforeEach
  void oneKeySigns() {
    add(1, KeyFiles.rsa(2048));
    activate(1, START);
  }

  @Test
  void leavesAKeyItsTime() {
    assertThat(plan(DAILY, START.plus(Duration.ofDays(1)).minusMillis(1), 1))
        .isEqualTo(new RotationPlan.NotDue(START.plus(Duration.ofDays(1))));
  }

  @Test
  void announcesAKeyOfTheSameKindWhenItsTimeIsOver() {
    assertThat(plan(DAILY, START.plus(Duration.ofDays(1)), 1))
        .isInstanceOfSatisfying(
            RotationPlan.Announce.class,
            announce -> {
              assertThat(announce.type()).isEqualTo(KeyType.RSA_2048);
              assertThat(announce.active().kid()).isEqualTo(1);
            });
  }

  @Test
  void announcesTheKindThatTheSettingsName() {
    var rules =
        new RotationRules(
            Duration.ofDays(1), Duration.ZERO, QuietHours.none(), Optional.of(KeyType.ML_DSA_65));

    assertThat(plan(rules, START.plus(Duration.ofDays(2)), 1))
        .isInstanceOfSatisfying(
            RotationPlan.Announce.class,
            announce -> assertThat(announce.type()).isEqualTo(KeyType.ML_DSA_65));
  }

  @Test
  void takesTheNewestAnnouncedKeyThatCanSignAndMakesNoOther() {
    add(5, KeyFiles.ed25519());
    add(3, KeyFiles.ed25519());
    add(9, KeyFiles.ed25519());

    assertThat(plan(DAILY, START.plus(Duration.ofDays(1)), 1, 3, 5))
        .isInstanceOfSatisfying(
            RotationPlan.Activate.class, activate -> assertThat(activate.kid()).isEqualTo(3));
  }

  @Test
  void leavesKeysThatHaveSignedWhereTheyAre() {
    add(2, KeyFiles.ed25519());
    activate(2, START);

    assertThat(plan(DAILY, START.plus(Duration.ofDays(1)), 1, 2))
        .isInstanceOf(RotationPlan.Announce.class);
  }

  @Test
  void waitsForTheEndOfQuietHours() {
    var rules =
        new RotationRules(
            Duration.ofDays(1),
            Duration.ZERO,
            QuietHours.parse("08:00-18:00", ZoneId.of("UTC")),
            Optional.empty());

    assertThat(plan(rules, START.plus(Duration.ofDays(1)), 1))
        .isEqualTo(
            new RotationPlan.Quiet(
                START.plus(Duration.ofDays(1)), Instant.parse("2026-11-25T18:00:00Z")));
  }

  @Test
  void leavesARingThatNobodySignsForToPeople() {
    map = KidMap.empty();

    assertThat(plan(DAILY, START, 1)).isEqualTo(new RotationPlan.NoActiveKey());
  }

  @Test
  void isDueEarlierByAPartOfTheJitterThatTheKeyItselfDecides() {
    var rules =
        new RotationRules(
            Duration.ofDays(10), Duration.ofDays(1), QuietHours.none(), Optional.empty());
    var dues =
        LongStream.range(10, 40)
            .mapToObj(
                kid -> {
                  add(kid, KeyFiles.ed25519());
                  activate(kid, START);
                  var key = map.active("useradm").orElseThrow();
                  assertThat(rules.dueAt(key, START)).isEqualTo(rules.dueAt(key, START));
                  return rules.dueAt(key, START);
                })
            .toList();

    assertThat(dues)
        .allSatisfy(
            due ->
                assertThat(due)
                    .isBetween(START.plus(Duration.ofDays(9)), START.plus(Duration.ofDays(10))));
    assertThat(Set.copyOf(dues)).hasSizeGreaterThan(20);
  }

  private RotationPlan plan(RotationRules rules, Instant now, long... canSign) {
    return RotationPlan.of(
        map, "useradm", rules, kid -> LongStream.of(canSign).anyMatch(can -> can == kid), now);
  }

  private void add(long kid, KeyPair pair) {
    var key = pair.getPublic();
    apply(
        event(kid, START)
            .setKeyAdded(
                KeyAdded.newBuilder()
                    .setPublicKey(ByteString.copyFrom(key.getEncoded()))
                    .setAlg(Alg.of(key).orElseThrow().jwsName())
                    .setThumbprint(Thumbprint.of(key))
                    .setIssuer("mender.useradm")
                    .setPurpose(Purpose.USER.toProto())));
  }

  private void activate(long kid, Instant at) {
    var activated = KeyActivated.newBuilder();
    map.active("useradm").ifPresent(key -> activated.setReplacedKid(key.kid()));
    apply(event(kid, at).setKeyActivated(activated));
  }

  private KeyEvent.Builder event(long kid, Instant at) {
    return KeyEvent.newBuilder()
        .setEpoch(map.epoch() + 1)
        .setRing("useradm")
        .setKid(kid)
        .setAt(Timestamp.newBuilder().setSeconds(at.getEpochSecond()))
        .setActor("test");
  }

  private void apply(KeyEvent.Builder event) {
    map = ((KidMap.Applied) map.apply(event.build())).map();
  }
}
