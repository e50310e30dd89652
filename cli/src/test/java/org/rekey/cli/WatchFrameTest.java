package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.KidVerdicts;
import org.rekey.proto.keystore.v1.ListKeysResponse;
import org.rekey.proto.keystore.v1.ListVerifiersResponse;
import org.rekey.proto.keystore.v1.Ring;
import org.rekey.proto.keystore.v1.Verifier;

class WatchFrameTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00.5Z");

  private static Console console(boolean hasColours) {
    return new Console(
        new PrintWriter(Writer.nullWriter()),
        new PrintWriter(Writer.nullWriter()),
        hasColours,
        UTF_8);
  }

  private static Timestamp ago(Duration age) {
    Instant then = NOW.minus(age);
    return Timestamp.newBuilder()
        .setSeconds(then.getEpochSecond())
        .setNanos(then.getNano())
        .build();
  }

  private static Key.Builder key(long kid, KeyState state, String alg, long epoch) {
    return Key.newBuilder()
        .setRing("useradm")
        .setKid(kid)
        .setState(state)
        .setAlg(alg)
        .setStore("file")
        .setEpoch(epoch)
        .setAnnouncedEpoch(epoch);
  }

  private static Verifier.Builder verifier(String name, long epoch, Duration silent, long... n) {
    Verifier.Builder verifier =
        Verifier.newBuilder()
            .setName(name)
            .setCaller("useradm")
            .setEpoch(epoch)
            .addAlgs("RS256")
            .setReportedAt(ago(silent))
            .setPropagation(Times.proto(Duration.ofMillis(14)))
            .setLive(true);
    for (int kid = 0; kid < n.length; kid++) {
      verifier.addVerdicts(
          KidVerdicts.newBuilder().setRing("useradm").setKid(kid).setAccepted(n[kid]));
    }
    return verifier;
  }

  private static final ListKeysResponse KEYS =
      ListKeysResponse.newBuilder()
          .addRings(
              Ring.newBuilder()
                  .setName("useradm")
                  .setActiveKid(1)
                  .setRotatesAt(ago(Duration.ofDays(-29)))
                  .setRetireWhenSafe(true)
                  .addNotes(
                      "USERADM_SERVER_PRIV_KEY_PATH names kid 0, but kid 1 was activated later"
                          + " and signs"))
          .addRings(Ring.newBuilder().setName("artifact"))
          .addKeys(
              key(0, KeyState.KEY_STATE_VERIFY_ONLY, "RS256", 1)
                  .setHeld(true)
                  .setUsage(KeyUsage.newBuilder().setSessions(1_200).setPersonalAccessTokens(4)))
          .addKeys(
              key(1, KeyState.KEY_STATE_ACTIVE, "RS256", 2)
                  .setActivatedAt(ago(Duration.ofHours(3)))
                  .setRetiresWhenSafe(true)
                  .setUsage(KeyUsage.newBuilder().setSessions(310).setAnyKid(true)))
          .addKeys(key(2, KeyState.KEY_STATE_ANNOUNCED, "EdDSA", 7))
          .addKeys(
              key(3, KeyState.KEY_STATE_COMPROMISED, "RS256", 7)
                  .setUsage(KeyUsage.newBuilder().setSessions(3))
                  .setWithdrawnAt(ago(Duration.ofMinutes(4))))
          .addKeys(
              key(4, KeyState.KEY_STATE_RETIRED, "RS256", 5)
                  .setWithdrawnAt(ago(Duration.ofMinutes(6))))
          .build();

  private static WatchSample sample(Rates rates, Verifier.Builder... verifiers) {
    ListVerifiersResponse.Builder answer = ListVerifiersResponse.newBuilder().setHeadEpoch(7);
    List.of(verifiers).forEach(answer::addVerifiers);
    return new WatchSample(
        NOW, KEYS, answer.build(), rates.after(answer.build().getVerifiersList()));
  }

  private static WatchSample twoLooks() {
    Rates first =
        sample(
                Rates.NONE,
                verifier("useradm-7f3c", 7, Duration.ofMillis(4_200), 100, 1_000),
                verifier("useradm-99aa", 6, Duration.ofMillis(6_000), 5, 5))
            .rates();
    return sample(
        first,
        verifier("useradm-7f3c", 7, Duration.ofMillis(200), 112, 4_200).addAlgs("EdDSA"),
        verifier("useradm-99aa", 6, Duration.ofMillis(5_000), 6, 5),
        verifier("useradm-dead", 3, Duration.ofSeconds(44)).setLive(false).setDiverged(true));
  }

  @Test
  void showsRingsKeysAndVerifiersOnOneScreen() {
    assertThat(new WatchFrame(console(false), twoLooks()).lines())
        .containsExactly(
            "Rekey  epoch 7  2 live verifiers  2026-11-24T12:00:00Z",
            "",
            "useradm  1 signs for 3 h, the next key is due in 29 d, old ones retire when safe",
            "  KID  STATE        ALG    LIVE TOKENS  PER SECOND  ACKED BY",
            "  0    VERIFY_ONLY  RS256         1204         4.0  AB        held",
            "  1    ACTIVE       RS256    up to 310       800.0  AB        retires when safe",
            "  2    ANNOUNCED    EdDSA            -         0.0  A.",
            "  3    COMPROMISED  RS256            -         0.0  A.",
            "  and 1 retired before",
            "  ! USERADM_SERVER_PRIV_KEY_PATH names kid 0, but kid 1 was activated later and",
            "    signs",
            "",
            "artifact  no key signs",
            "",
            "   VERIFIER      EPOCH  BEHIND  SILENT FOR   TOOK",
            "A  useradm-7f3c      7       -      200 ms  14 ms",
            "B  useradm-99aa      6       1       5.0 s  14 ms",
            "   useradm-dead      3       4        44 s  14 ms  gone: its lease has run out");
  }

  @Test
  void fitsIntoEightyColumns() {
    var name = "deviceauth-" + "0123456789".repeat(5);
    var frame =
        new WatchFrame(console(false), sample(Rates.NONE, verifier(name, 7, Duration.ofHours(30))));
    assertThat(frame.lines()).allMatch(line -> line.length() <= 80);
  }

  @Test
  void hasNoRatesBeforeAnybodyHasReportedTwice() {
    var once = sample(Rates.NONE, verifier("useradm-7f3c", 7, Duration.ofSeconds(1), 100, 1_000));
    assertThat(once.rates().areKnownOf(once.live())).isFalse();
    assertThat(new WatchFrame(console(false), once).lines())
        .contains("  0    VERIFY_ONLY  RS256         1204           -  A         held");
    var same = sample(once.rates(), verifier("useradm-7f3c", 7, Duration.ofSeconds(1), 100, 1_000));
    assertThat(same.rates().areKnownOf(same.live())).isFalse();
  }

  @Test
  void keepsARateUntilTheNextReport() {
    WatchSample known = twoLooks();
    WatchSample again =
        sample(
            known.rates(),
            verifier("useradm-7f3c", 7, Duration.ofMillis(200), 112, 4_200),
            verifier("useradm-99aa", 6, Duration.ofMillis(5_000), 6, 5));
    assertThat(again.rates().of(new KeyId("useradm", 1))).hasValue(800.0);
  }

  @Test
  void aVerifierThatStartedAnewDoesNotCountBackwards() {
    Rates before =
        sample(Rates.NONE, verifier("useradm-7f3c", 7, Duration.ofSeconds(4), 100)).rates();
    WatchSample after = sample(before, verifier("useradm-7f3c", 7, Duration.ofSeconds(1), 3));
    assertThat(after.rates().of(new KeyId("useradm", 0))).hasValue(0.0);
  }

  @Test
  void saysHowManyHaveAckedWhereLettersDoNotSuffice() {
    var many = new Verifier.Builder[30];
    for (int i = 0; i < many.length; i++) {
      many[i] = verifier("useradm-" + (100 + i), i == 0 ? 1 : 7, Duration.ZERO);
    }
    assertThat(new WatchFrame(console(false), sample(Rates.NONE, many)).lines())
        .anyMatch(line -> line.contains("RS256         1204           -  30 of 30  held"))
        .anyMatch(line -> line.contains("RS256    up to 310           -  29 of 30"));
  }

  @Test
  void coloursWhatAPersonShouldLookAt() {
    List<String> lines = new WatchFrame(console(true), twoLooks()).lines();
    assertThat(lines.getFirst()).startsWith("\u001b[1mRekey\u001b[0m");
    assertThat(lines).anyMatch(line -> line.contains("A\u001b[31m.\u001b[0m"));
    assertThat(lines).anyMatch(line -> line.contains("\u001b[32mACTIVE\u001b[0m"));
    assertThat(lines).anyMatch(line -> line.contains("\u001b[31mno key signs\u001b[0m"));
  }

  @Test
  void saysTheSameInJson() {
    var json = WatchJson.of(twoLooks());
    assertThat(json.at("/rings/0/keys/1/accepted_per_second").asDouble()).isEqualTo(800);
    assertThat(json.at("/rings/0/keys/2/acked_by")).hasToString("[\"useradm-7f3c\"]");
    assertThat(json.at("/rings/0/keys/2/missing")).hasToString("[\"useradm-99aa\"]");
    assertThat(json.at("/rings/1/active_kid").isNull()).isTrue();
    assertThat(json.at("/verifiers/1/behind").asLong()).isEqualTo(1);
    assertThat(json.at("/verifiers/1/silent_ms").asLong()).isEqualTo(5_000);
  }
}
