package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.CancelRetirementRequest;
import org.rekey.proto.keystore.v1.HoldKeyRequest;
import org.rekey.proto.keystore.v1.Impact;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyRetired;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.KeyUsageOwner;
import org.rekey.proto.keystore.v1.PlanRetirementRequest;
import org.rekey.proto.keystore.v1.PlanRetirementResponse;
import org.rekey.proto.keystore.v1.ReleaseKeyRequest;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import org.rekey.proto.keystore.v1.RetireKeyResponse;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// A key goes when nothing hangs on it, and not before, unless somebody says why.
class RetirementIT {
  private static final String WAY_OUT =
      " (wait until it is safe, order it for then, or force it with a reason)";

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @TempDir Path home;
  private TestKeystore keystore;
  private Path file;

  @BeforeEach
  void start() {
    keystore = new TestKeystore(home, POSTGRES.newDatabase());
    keystore.environment().put("KEYSTORE_LEASE", "1m");
    keystore.start();
    file = keystore.place(7);
    keystore.awaitState(7, KeyState.KEY_STATE_ANNOUNCED);
  }

  @AfterEach
  void stop() {
    keystore.close();
  }

  @Test
  void refusesWhileSessionsAndPersonalAccessTokensHangOnIt() {
    var last = inDays(3);
    counted(usage().setSessions(3).setPersonalAccessTokens(1).setOwners(2).setLastExpiry(last));

    assertThat(refusal(() -> retire(retirement())))
        .isEqualTo(
            new Refusal(
                Status.Code.FAILED_PRECONDITION,
                "kid 7 of ring useradm: 3 sessions and 1 personal access token of 2 owners hang on it, the last until "
                    + Instant.ofEpochSecond(last.getSeconds())
                    + WAY_OUT));
    assertThat(keystore.key("useradm", 7).getState()).isEqualTo(KeyState.KEY_STATE_ANNOUNCED);
  }

  @Test
  void refusesWhileDeviceTokensHangOnIt() {
    KeyFiles.place(
        keystore.file("deviceauth", "private.id.7.pem"), KeyFiles.pkcs8(KeyFiles.ed25519()));
    await().atMost(TestKeystore.SOON).until(() -> keystore.find("deviceauth", 7).isPresent());
    keystore.report(
        "deviceauth",
        keystore.counted(
            "deviceauth-1",
            usage()
                .setRing("deviceauth")
                .setDeviceTokens(1000)
                .setOwners(1000)
                .setNeverExpires(true)
                .build()));

    assertThat(refusal(() -> retire(retirement().setRing("deviceauth"))))
        .isEqualTo(
            new Refusal(
                Status.Code.FAILED_PRECONDITION,
                "kid 7 of ring deviceauth: 1000 device tokens of 1000 owners hang on it, and one never expires"
                    + WAY_OUT));
  }

  @Test
  void saysThatNobodyHasCounted() {
    var line =
        "nobody has counted what hangs on it (expected: reports of useradm; is one running?)";

    assertThat(refusal(() -> retire(retirement())))
        .isEqualTo(
            new Refusal(
                Status.Code.FAILED_PRECONDITION, "kid 7 of ring useradm: " + line + WAY_OUT));
    var plan = plan(0);
    assertThat(plan.getObstaclesList()).containsExactly(line);
    assertThat(plan.hasCountedAt()).isFalse();
    assertThat(plan.getFresh()).isFalse();
    assertThat(plan.getSafe()).isFalse();
  }

  @Test
  void carriesAnOrderOutAfterARestartWhenTheCountSaysThatNothingIsLeft() {
    counted(usage().setSessions(1).setOwners(1).setLastExpiry(inDays(1)));
    var ordered =
        retire(retirement().setWhenSafe(true).setReason("the old laptop is gone").clearForce());
    assertThat(ordered.getScheduled()).isTrue();
    assertThat(ordered.getKey().getRetiresWhenSafe()).isTrue();
    assertThat(ordered.getKey().getState()).isEqualTo(KeyState.KEY_STATE_ANNOUNCED);

    keystore.restart();
    counted(usage().setSessions(1).setOwners(1).setLastExpiry(inDays(1)));
    assertThat(keystore.key("useradm", 7).getRetiresWhenSafe()).isTrue();
    assertThat(keystore.key("useradm", 7).getState()).isEqualTo(KeyState.KEY_STATE_ANNOUNCED);
    counted(usage());

    keystore.awaitState(7, KeyState.KEY_STATE_RETIRED);
    var event = keystore.lastEvent();
    assertThat(event.getActor()).isEqualTo("operator");
    assertThat(event.getReason()).isEqualTo("the old laptop is gone");
    assertThat(event.getKeyRetired().getForced()).isFalse();
    assertThat(event.getKeyRetired().hasImpact()).isTrue();
    assertThat(event.getKeyRetired().getImpact().getSessions()).isZero();
    assertThat(keystore.key("useradm", 7).getRetiresWhenSafe()).isFalse();
  }

  @Test
  void takesAnOrderBackOnce() {
    counted(usage().setSessions(1).setOwners(1).setLastExpiry(inDays(1)));
    retire(retirement().setWhenSafe(true));
    var cancel = CancelRetirementRequest.newBuilder().setRing("useradm").setKid(7).build();

    assertThat(keystore.admin().cancelRetirement(cancel).getKey().getRetiresWhenSafe()).isFalse();
    assertThat(refusal(() -> keystore.admin().cancelRetirement(cancel)))
        .isEqualTo(
            new Refusal(
                Status.Code.NOT_FOUND, "kid 7 of ring useradm: nobody has ordered to retire it"));
    counted(usage());
    keystore.restart();
    assertThat(keystore.key("useradm", 7).getState()).isEqualTo(KeyState.KEY_STATE_ANNOUNCED);
  }

  @Test
  void forgetsAnOrderWhenTheFileGoesBeforeItIsDue() throws IOException {
    counted(usage().setSessions(1).setOwners(1).setLastExpiry(inDays(1)));
    retire(retirement().setWhenSafe(true));

    Files.delete(file);
    keystore.awaitState(7, KeyState.KEY_STATE_RETIRED);

    await().atMost(TestKeystore.SOON).until(() -> !keystore.key("useradm", 7).getRetiresWhenSafe());
  }

  @Test
  void goesAheadWithAReasonAndWritesDownWhatEndedWithTheKey() {
    counted(usage().setSessions(3).setPersonalAccessTokens(1).setOwners(2).setNeverExpires(true));

    assertThat(refusal(() -> retire(retirement().setForce(true))))
        .isEqualTo(
            new Refusal(
                Status.Code.INVALID_ARGUMENT,
                "reason: empty (expected: why the key goes although tokens hang on it)"));
    var response = retire(retirement().setForce(true).setReason("leaked in a backup"));

    assertThat(response.getKey().getState()).isEqualTo(KeyState.KEY_STATE_RETIRED);
    var event = keystore.lastEvent();
    assertThat(event.getReason()).isEqualTo("leaked in a backup");
    assertThat(event.getOrigin()).isNotEmpty();
    assertThat(event.getKeyRetired().getForced()).isTrue();
    assertThat(event.getKeyRetired().getImpact().getSessions()).isEqualTo(3);
    assertThat(event.getKeyRetired().getImpact().getPersonalAccessTokens()).isEqualTo(1);
    assertThat(event.getKeyRetired().getImpact().getOwners()).isEqualTo(2);
    assertThat(response.getImpact()).isEqualTo(event.getKeyRetired().getImpact());
  }

  @Test
  void doesNotClaimAnImpactTwice() {
    counted(usage().setSessions(3).setOwners(2).setNeverExpires(true));
    retire(retirement().setForce(true).setReason("leaked"));

    assertThat(retire(retirement()).hasImpact()).isFalse();
  }

  @Test
  void plansTheNumbersThatTheEventThenHas() {
    counted(
        usage()
            .setSessions(3)
            .setPersonalAccessTokens(1)
            .setOwners(2)
            .setNeverExpires(true)
            .addTopOwners(
                KeyUsageOwner.newBuilder().setId("u1").setName("ann@example.com").setTokens(3)));

    var plan = plan(0);
    retire(retirement().setForce(true).setReason("leaked"));

    var impact = keystore.lastEvent().getKeyRetired().getImpact();
    assertThat(impact)
        .isEqualTo(
            Impact.newBuilder()
                .setSessions(plan.getUsage().getSessions())
                .setPersonalAccessTokens(plan.getUsage().getPersonalAccessTokens())
                .setDeviceTokens(plan.getUsage().getDeviceTokens())
                .setOwners(plan.getUsage().getOwners())
                .setCountedAt(plan.getCountedAt())
                .build());
    assertThat(plan.getUsage().getTopOwnersList())
        .extracting(KeyUsageOwner::getName)
        .containsExactly("ann@example.com");
    assertThat(plan.hasSafeFrom()).isFalse();
  }

  @Test
  void changesNothingByPlanning() {
    counted(usage());
    var head = keystore.kidMap().epoch();

    var plan = plan(0);

    assertThat(plan.getSafe()).isTrue();
    assertThat(plan.hasSafeFrom()).isTrue();
    assertThat(keystore.kidMap().epoch()).isEqualTo(head);
  }

  @Test
  void asksTheIssuerToCountAnewAndWaitsForIt() throws Exception {
    counted(usage().setSessions(1).setOwners(1).setLastExpiry(inDays(1)));
    var admin = keystore.admin();
    var planned = CompletableFuture.supplyAsync(() -> admin.planRetirement(planning(30)));

    await()
        .atMost(TestKeystore.SOON)
        .until(
            () -> {
              var old = keystore.counted("useradm-1", usage().setSessions(1).build());
              return keystore
                  .report("useradm", old.setUsageAge(Duration.newBuilder().setSeconds(60)))
                  .getCountUsage();
            });
    assertThat(planned).isNotDone();
    assertThat(keystore.report("useradm", keystore.counted("useradm-1")).getCountUsage()).isFalse();

    var plan = planned.get(30, TimeUnit.SECONDS);
    assertThat(plan.getFresh()).isTrue();
    assertThat(plan.getSafe()).isTrue();
    assertThat(plan.getUsage().getSessions()).isZero();
  }

  @Test
  void leavesAHeldKeyAloneUntilItIsReleased() {
    counted(usage());
    keystore.admin().holdKey(HoldKeyRequest.newBuilder().setRing("useradm").setKid(7).build());

    assertThat(refusal(() -> retire(retirement())))
        .isEqualTo(
            new Refusal(
                Status.Code.FAILED_PRECONDITION,
                "kid 7 of ring useradm: it is held (release it first)" + WAY_OUT));
    assertThat(retire(retirement().setWhenSafe(true)).getScheduled()).isTrue();
    counted(usage());
    keystore.restart();
    counted(usage());
    assertThat(keystore.key("useradm", 7).getState()).isEqualTo(KeyState.KEY_STATE_ANNOUNCED);

    keystore
        .admin()
        .releaseKey(ReleaseKeyRequest.newBuilder().setRing("useradm").setKid(7).build());

    keystore.awaitState(7, KeyState.KEY_STATE_RETIRED);
    assertThat(keystore.events().stream().filter(KeyEvent::hasKeyReleased)).hasSize(1);
  }

  @Test
  void obeysARemovedFileAtOnceAndWritesDownWhatEndedWithIt() throws IOException {
    counted(usage().setSessions(5).setOwners(4).setLastExpiry(inDays(1)));
    keystore.admin().holdKey(HoldKeyRequest.newBuilder().setRing("useradm").setKid(7).build());

    Files.delete(file);

    keystore.awaitState(7, KeyState.KEY_STATE_RETIRED);
    var retired = keystore.lastEvent().getKeyRetired();
    assertThat(retired.getCause()).isEqualTo(KeyRetired.Cause.CAUSE_FILE_REMOVED);
    assertThat(retired.getImpact().getSessions()).isEqualTo(5);
    assertThat(retired.getImpact().getOwners()).isEqualTo(4);
    assertThat(keystore.key("useradm", 7).getHeld()).isFalse();
  }

  /// With a lease of a second a token may be on its way for seven (ADR 12, h).
  @Test
  void doesNotBelieveACountThatBeganBeforeTheLastTokensHadSettled() {
    keystore.restartWithLease("1s");
    keystore
        .admin()
        .activateKey(ActivateKeyRequest.newBuilder().setRing("useradm").setKid(7).build());
    var replaced = keystore.lastEvent().getAt();
    counted(usage().setKid(0));

    assertThat(refusal(() -> retire(retirement().setKid(0))).description())
        .startsWith("kid 0 of ring useradm: counted at ")
        .contains("tokens that it signed last may be on their way until")
        .endsWith("(count again)" + WAY_OUT);
    retire(retirement().setKid(0).setWhenSafe(true));
    await()
        .atMost(java.time.Duration.ofSeconds(30))
        .pollInterval(java.time.Duration.ofMillis(200))
        .until(
            () -> {
              counted(usage().setKid(0));
              return keystore.key("useradm", 0).getState() == KeyState.KEY_STATE_RETIRED;
            });

    assertThat(keystore.lastEvent().getAt().getSeconds())
        .isGreaterThanOrEqualTo(replaced.getSeconds() + 7);
  }

  private RetireKeyResponse retire(RetireKeyRequest.Builder request) {
    return keystore.admin().retireKey(request.build());
  }

  private static RetireKeyRequest.Builder retirement() {
    return RetireKeyRequest.newBuilder().setRing("useradm").setKid(7);
  }

  private PlanRetirementResponse plan(long waitSeconds) {
    return keystore.admin().planRetirement(planning(waitSeconds));
  }

  private static PlanRetirementRequest planning(long waitSeconds) {
    return PlanRetirementRequest.newBuilder()
        .setRing("useradm")
        .setKid(7)
        .setWait(Duration.newBuilder().setSeconds(waitSeconds))
        .build();
  }

  private void counted(KeyUsage.Builder usage) {
    keystore.report("useradm", keystore.counted("useradm-1", usage.build()));
  }

  private static KeyUsage.Builder usage() {
    return KeyUsage.newBuilder().setRing("useradm").setKid(7);
  }

  private static Timestamp inDays(long days) {
    return Timestamp.newBuilder()
        .setSeconds(Instant.now().plus(days, ChronoUnit.DAYS).getEpochSecond())
        .build();
  }

  private static Refusal refusal(Runnable call) {
    var status = catchThrowableOfType(StatusRuntimeException.class, call::run).getStatus();
    return new Refusal(status.getCode(), String.valueOf(status.getDescription()));
  }

  private record Refusal(Status.Code code, String description) {}
}
