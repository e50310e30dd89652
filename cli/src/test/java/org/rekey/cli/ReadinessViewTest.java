package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.rekey.proto.keystore.v1.GetReadinessResponse;
import org.rekey.proto.keystore.v1.VerifierReadiness;

class ReadinessViewTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final KeyId KEY = new KeyId("useradm", 5539);
  private static final Console PLAIN =
      new Console(
          new PrintWriter(Writer.nullWriter()), new PrintWriter(Writer.nullWriter()), false, UTF_8);

  private static VerifierReadiness verifier(String name, long epoch, String why, long millis) {
    return VerifierReadiness.newBuilder()
        .setName(name)
        .setCaller(name.replaceFirst("-.*", ""))
        .setEpoch(epoch)
        .setReady(why.isEmpty())
        .setWhy(why)
        .setSilentFor(Times.proto(Duration.ofMillis(millis)))
        .build();
  }

  private static ReadinessView view(VerifierReadiness... verifiers) {
    return new ReadinessView(
        GetReadinessResponse.newBuilder()
            .setAnnouncedEpoch(7)
            .addAllVerifiers(java.util.List.of(verifiers))
            .build());
  }

  private final ReadinessView waiting =
      view(
          verifier("deviceauth-1c", 7, "", 320),
          verifier("useradm-7f3c", 6, "at epoch 6 (expected: 7)", 8_230));

  private final ReadinessView complete =
      view(verifier("deviceauth-1c", 7, "", 20), verifier("useradm-7f3c", 7, "", 1_000));

  @Test
  void showsALineForEachVerifierWhileItWaits() {
    assertThat(waiting.isComplete()).isFalse();
    assertThat(waiting.lines(PLAIN, KEY, NOW, Duration.ofSeconds(21)))
        .containsExactly(
            "5539 of useradm: acked by 1 of 2 verifiers, waiting for at most 21 s",
            "  VERIFIER       EPOCH  READY                     SILENT FOR",
            "  deviceauth-1c  7 / 7  ✓                         320 ms",
            "  useradm-7f3c   6 / 7  at epoch 6 (expected: 7)  8.2 s");
  }

  @Test
  void saysThatAllHaveAcked() {
    assertThat(complete.isComplete()).isTrue();
    assertThat(complete.lines(PLAIN, KEY, NOW, Duration.ofSeconds(21)))
        .startsWith("5539 of useradm: acked by 2 of 2 verifiers");
  }

  @Test
  void saysThatAKeystoreThatHasJustStartedDoesNotKnowAllYet() {
    var starting =
        new ReadinessView(
            GetReadinessResponse.newBuilder()
                .setKnowsAllAt(Timestamp.newBuilder().setSeconds(NOW.getEpochSecond() + 7))
                .build());
    assertThat(starting.isComplete()).isFalse();
    assertThat(starting.lines(PLAIN, KEY, NOW, Duration.ofSeconds(21)))
        .containsExactly(
            "5539 of useradm: acked by 0 of 0 verifiers, waiting for at most 21 s",
            "  the keystore has just started, and knows all verifiers in 7.0 s");
    assertThat(starting.changes(view(), NOW.plusSeconds(20)))
        .containsExactly("the keystore has just started, and knows all verifiers in a moment");
  }

  @Test
  void tellsChangesOnlyWhereNothingCanBeRedrawn() {
    assertThat(waiting.changes(view(), NOW))
        .containsExactly("deviceauth-1c: ready", "useradm-7f3c: at epoch 6 (expected: 7)");
    assertThat(waiting.changes(waiting, NOW)).isEmpty();
    assertThat(complete.changes(waiting, NOW)).containsExactly("useradm-7f3c: ready");
    assertThat(view(verifier("deviceauth-1c", 7, "", 5)).changes(waiting, NOW))
        .containsExactly("useradm-7f3c: its lease has run out, nobody waits for it any more");
  }

  @Test
  void namesWhoIsMissingAndTheWaysOut() {
    assertThat(
            waiting.refusal(KEY, Duration.ofSeconds(30), NOW, "rekey keys activate useradm 5539"))
        .isEqualTo(
            """
            5539 of useradm does not sign yet: 1 of 2 verifiers has not acked it within 30 s
              useradm-7f3c: at epoch 6 (expected: 7), silent for 8.2 s
            Heal or stop those processes (nobody waits for them once their lease has run out), and
            go on with
              rekey keys activate useradm 5539
            or go on without them, though they refuse good tokens until they have caught up:
              rekey keys activate useradm 5539 --override --reason "…\"\
            """);
  }

  @Test
  void saysForHowLongVerifiersElsewhereHaveHadTheKey() {
    var published =
        new ReadinessView(
            complete.readiness().toBuilder()
                .setPublishedFor(Times.proto(Duration.ofSeconds(40)))
                .setMinAnnounced(Times.proto(Duration.ofMinutes(5)))
                .build());
    String line =
        "published for 40 s of 5 min, so that verifiers elsewhere fetch it before it signs";

    assertThat(published.isComplete()).isFalse();
    assertThat(published.lines(PLAIN, KEY, NOW, Duration.ofSeconds(21)))
        .last()
        .isEqualTo("  " + line);
    assertThat(published.changes(complete, NOW)).containsExactly(line);
    assertThat(published.changes(published, NOW)).isEmpty();
    assertThat(published.refusal(KEY, Duration.ofSeconds(30), NOW, "rekey keys activate 5539"))
        .isEqualTo(
            """
            5539 of useradm does not sign yet, after 30 s
              %s
            Wait, and go on with
              rekey keys activate 5539
            or go on without them, though they refuse good tokens until they have caught up:
              rekey keys activate 5539 --override --reason "…\"\
            """
                .formatted(line));
  }

  @Test
  void makesNamesHarmlessForATerminal() {
    var hostile = view(verifier("a\u001b[2Jb", 6, "at epoch\n6", 0));
    assertThat(hostile.changes(view(), NOW)).containsExactly("a�[2Jb: at epoch�6");
    assertThat(hostile.lines(PLAIN, KEY, NOW, Duration.ZERO).get(2)).contains("a�[2Jb");
  }
}
