package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.rekey.proto.keystore.v1.CompromiseKeyResponse;
import org.rekey.proto.keystore.v1.Distrust;
import org.rekey.proto.keystore.v1.Impact;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.SilentVerifier;

class CompromiseViewTest {
  private static final Console PLAIN =
      new Console(
          new PrintWriter(Writer.nullWriter()), new PrintWriter(Writer.nullWriter()), false, UTF_8);

  private static Key key(long kid, KeyState state) {
    return Key.newBuilder()
        .setRing("useradm")
        .setKid(kid)
        .setState(state)
        .setAlg("EdDSA")
        .setThumbprint("abc")
        .build();
  }

  private static Distrust distrust(String name, long millis) {
    return Distrust.newBuilder()
        .setName(name)
        .setCaller(name.replaceFirst("-.*", ""))
        .setAfter(Times.proto(Duration.ofMillis(millis)))
        .build();
  }

  private final CompromiseKeyResponse everywhere =
      CompromiseKeyResponse.newBuilder()
          .setKey(key(5539, KeyState.KEY_STATE_COMPROMISED))
          .setSuccessor(key(5540, KeyState.KEY_STATE_ACTIVE))
          .setImpact(
              Impact.newBuilder()
                  .setSessions(3)
                  .setOwners(2)
                  .setCountedAt(Timestamp.newBuilder().setSeconds(7)))
          .addVerifiers(distrust("deviceauth-1c", 48))
          .addVerifiers(distrust("useradm-7f3c", 52))
          .setUntilLast(Times.proto(Duration.ofMillis(52)))
          .build();

  private static CompromiseView view(CompromiseKeyResponse done) {
    return new CompromiseView(new KeyId("useradm", 5539), done);
  }

  @Test
  void showsWhoSignsNowAndWhenEachVerifierCameToRefuseTheKey() {
    assertThat(view(everywhere).lines(PLAIN))
        .containsExactly(
            "✓ 5539 of useradm: COMPROMISED, EdDSA, abc",
            "✓ 5540 of useradm: ACTIVE, EdDSA, abc, signs from now on",
            "  VERIFIER       CALLER      REFUSES IT AFTER",
            "  deviceauth-1c  deviceauth  48 ms",
            "  useradm-7f3c   useradm     52 ms",
            "Distrusted everywhere 52 ms after the command.",
            "Ended with it, as counted at 1970-01-01T00:00:07Z: 3 sessions of 2 owners.");
    assertThat(view(everywhere).warnings()).isEmpty();
    assertThat(view(everywhere).deaf()).isEmpty();
    assertThat(view(everywhere).json().path("until_last_ms").asLong()).isEqualTo(52);
  }

  @Test
  void saysNotEverywhereWhileTheKeystoreCannotKnowAll() {
    CompromiseView view =
        view(
            everywhere.toBuilder()
                .clearUntilLast()
                .setKnowsAllAt(Timestamp.newBuilder().setSeconds(9))
                .build());

    assertThat(view.isOver()).isFalse();
    assertThat(view.lines(PLAIN)).noneMatch(line -> line.startsWith("Distrusted"));
    assertThat(view.warnings())
        .containsExactly(
            "the keystore, just started or just without its database, cannot know all verifiers"
                + " before 1970-01-01T00:00:09Z: others may still accept 5539 of useradm;"
                + " `rekey keys verifiers` shows them then");
    assertThat(view.json().path("knows_all_at").asText()).isEqualTo("1970-01-01T00:00:09Z");
  }

  @Test
  void namesThoseThatWereNotHeardAnyMore() {
    CompromiseView view =
        view(
            everywhere.toBuilder()
                .addSilent(
                    SilentVerifier.newBuilder()
                        .setName("useradm-old")
                        .setCaller("useradm")
                        .setReportedAt(Timestamp.newBuilder().setSeconds(3)))
                .build());

    assertThat(view.isOver()).isTrue();
    assertThat(view.lines(PLAIN))
        .containsSequence(
            "Distrusted by every live verifier 52 ms after the command.",
            "Not heard any more. If such a process still runs, it may accept the key:",
            "  useradm-old, last heard at 1970-01-01T00:00:03Z");
    assertThat(view.json().at("/silent/0/name").asText()).isEqualTo("useradm-old");
  }

  @Test
  void warnsOfVerifiersThatMayStillAcceptIt() {
    var done =
        everywhere.toBuilder()
            .clearUntilLast()
            .clearSuccessor()
            .addVerifiers(
                Distrust.newBuilder()
                    .setName("useradm-dead")
                    .setCaller("useradm")
                    .setWhy("at epoch 6 (expected: 7)"))
            .addOverridden("useradm-dead")
            .build();
    CompromiseView view = view(done);
    assertThat(view.lines(PLAIN))
        .contains(
            "  it did not sign: the ring's key that signs stays",
            "  useradm-dead   useradm     not yet: at epoch 6 (expected: 7)")
        .noneMatch(line -> line.startsWith("Distrusted everywhere"));
    assertThat(view.deaf()).containsExactly("useradm-dead");
    assertThat(view.warnings())
        .containsExactly(
            "5539 of useradm still may be accepted by useradm-dead: no ack of its end. Stop that"
                + " process, or cut it off; once it is heard again, `rekey keys verifiers` shows"
                + " that it has caught up",
            "the successor signs although these had not acked it, and may refuse its tokens:"
                + " useradm-dead");
    assertThat(view.json().path("until_last_ms").isNull()).isTrue();
    assertThat(view.json().at("/verifiers/2/after_ms").isNull()).isTrue();
  }
}
