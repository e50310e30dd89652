package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.rekey.proto.auth.v1.Holder;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.PlanRetirementResponse;

class RetirementViewTest {
  private static final Console PLAIN =
      new Console(
          new PrintWriter(Writer.nullWriter()), new PrintWriter(Writer.nullWriter()), false, UTF_8);

  private static Timestamp at(String time) {
    return Timestamp.newBuilder().setSeconds(Instant.parse(time).getEpochSecond()).build();
  }

  private final PlanRetirementResponse inUse =
      PlanRetirementResponse.newBuilder()
          .setState(KeyState.KEY_STATE_VERIFY_ONLY)
          .setUsage(
              KeyUsage.newBuilder()
                  .setSessions(12)
                  .setPersonalAccessTokens(3)
                  .setOwners(9)
                  .setLastExpiry(at("2026-12-01T08:00:00Z")))
          .setCountedAt(at("2026-11-24T12:00:00Z"))
          .setFresh(true)
          .setSafeFrom(at("2026-12-01T08:00:00Z"))
          .addObstacles("12 sessions and 3 personal access tokens of 9 owners hang on it")
          .build();

  private static RetirementView view(PlanRetirementResponse plan) {
    return new RetirementView(new KeyId("useradm", 0), plan);
  }

  @Test
  void showsWhatHangsOnAKeyAndFromWhenItIsSafe() {
    assertThat(view(inUse).lines(PLAIN))
        .containsExactly(
            "0 of useradm: VERIFY_ONLY",
            "  live sessions           12",
            "  personal access tokens  3",
            "  device tokens           0",
            "  owners                  9",
            "  last expiry             2026-12-01T08:00:00Z",
            "  counted at              2026-11-24T12:00:00Z",
            "  safe from               2026-12-01T08:00:00Z",
            "In the way:",
            "  - 12 sessions and 3 personal access tokens of 9 owners hang on it");
  }

  @Test
  void saysThatATokenNeverExpiresAndThatItIsHeld() {
    var plan =
        inUse.toBuilder()
            .setHeld(true)
            .setFresh(false)
            .clearSafeFrom()
            .setUsage(inUse.getUsage().toBuilder().setNeverExpires(true).setAnyKid(true));
    assertThat(view(plan.build()).lines(PLAIN))
        .contains(
            "0 of useradm: VERIFY_ONLY, held",
            "                          (with imported ones whose kid nobody knows yet)",
            "  last expiry             never",
            "  counted at              2026-11-24T12:00:00Z (nobody has counted anew)",
            "  safe from               no date can be given");
  }

  @Test
  void saysThatNobodyHasCounted() {
    var plan = PlanRetirementResponse.newBuilder().setState(KeyState.KEY_STATE_ANNOUNCED).build();
    assertThat(view(plan).lines(PLAIN))
        .containsExactly(
            "0 of useradm: ANNOUNCED",
            "  nobody has counted what hangs on it",
            "  safe from               no date can be given");
    assertThat(view(plan).json().get("live").isNull()).isTrue();
  }

  @Test
  void isSafeNow() {
    assertThat(view(inUse.toBuilder().setSafe(true).clearObstacles().build()).lines(PLAIN))
        .contains("  safe from               now")
        .doesNotContain("In the way:");
  }

  @Test
  void hasTheNamesThatScriptsReadInJson() {
    assertThat(view(inUse).json())
        .hasToString(
            "{\"ring\":\"useradm\",\"kid\":0,\"state\":\"VERIFY_ONLY\",\"live\":{\"sessions\":12,"
                + "\"personal_access_tokens\":3,\"device_tokens\":0},"
                + "\"last_expiry\":\"2026-12-01T08:00:00Z\",\"never_expires\":false,"
                + "\"safe_from\":\"2026-12-01T08:00:00Z\",\"safe\":false,\"held\":false,"
                + "\"counted_at\":\"2026-11-24T12:00:00Z\",\"fresh\":true,\"obstacles\":"
                + "[\"12 sessions and 3 personal access tokens of 9 owners hang on it\"]}");
  }

  @Test
  void countsInWords() {
    assertThat(new UsageView(1, 2, 0, 1).text())
        .isEqualTo("1 session and 2 personal access tokens of 1 owner");
    assertThat(new UsageView(0, 0, 0, 0).text()).isEqualTo("no token");
  }

  private static Holder holder(int n, int tokens) {
    Holder.Builder holder =
        Holder.newBuilder()
            .setId("u" + n)
            .setName("user" + n + "@example.com")
            .setSessions(n)
            .setLastExpiry(at("2026-12-01T08:00:00Z"));
    for (int i = 0; i < tokens; i++) {
      holder.addPersonalAccessTokensBuilder().setId("t" + i).setName("ci-" + i);
    }
    return holder.build();
  }

  @Test
  void listsTheFirstOwnersWithTheNamesOfTheirTokens() {
    var owners = new HoldersTable(false);
    for (int i = 0; i < 23; i++) {
      owners.accept(holder(i, i == 1 ? 5 : 0));
    }
    assertThat(owners.count()).isEqualTo(23);
    assertThat(owners.lines(PLAIN, "rekey … --all"))
        .hasSize(22)
        .startsWith(
            "NAME                ID   SESSIONS  DEVICE TOKENS  PERSONAL ACCESS TOKENS       "
                + "LAST EXPIRY",
            "user0@example.com   u0          -              -  -                            "
                + "2026-12-01T08:00:00Z",
            "user1@example.com   u1          1              -  ci-0, ci-1, ci-2 and 2 more  "
                + "2026-12-01T08:00:00Z")
        .endsWith("and 3 more: rekey … --all");
  }

  @Test
  void listsAllOwnersAndTokensOnRequest() {
    var owners = new HoldersTable(true);
    for (int i = 0; i < 23; i++) {
      owners.accept(holder(i, i == 1 ? 5 : 0));
    }
    assertThat(owners.lines(PLAIN, "")).hasSize(24).anyMatch(line -> line.contains("ci-4"));
    assertThat(new HoldersTable(true).lines(PLAIN, "")).isEmpty();
  }
}
