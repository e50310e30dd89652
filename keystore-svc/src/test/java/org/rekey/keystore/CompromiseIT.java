package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.CompromiseKeyRequest;
import org.rekey.proto.keystore.v1.CompromiseKeyResponse;
import org.rekey.proto.keystore.v1.Distrust;
import org.rekey.proto.keystore.v1.GenerateKeyRequest;
import org.rekey.proto.keystore.v1.HoldKeyRequest;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.LintRequest;
import org.rekey.proto.keystore.v1.ListVerifiersRequest;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import org.rekey.proto.keystore.v1.SilentVerifier;
import org.rekey.proto.keystore.v1.Verifier;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// One command distrusts any key for ever, and nobody who stays away can hold it up.
class CompromiseIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @TempDir Path home;
  private TestKeystore keystore;

  @BeforeEach
  void start() {
    keystore = new TestKeystore(home, POSTGRES.newDatabase());
    keystore.environment().put("KEYSTORE_LEASE", "1m");
    keystore.start();
  }

  @AfterEach
  void stop() {
    keystore.close();
  }

  @Test
  void letsTheNewestAnnouncedKeySignInstead() {
    placed(5);
    placed(6);
    keystore.report(
        "useradm",
        keystore.counted(
            "useradm-1",
            KeyUsage.newBuilder().setRing("useradm").setSessions(9).setOwners(8).build()));

    var response = compromise(order(0));

    assertThat(response.getKey().getState()).isEqualTo(KeyState.KEY_STATE_COMPROMISED);
    assertThat(response.getSuccessor().getKid()).isEqualTo(6);
    assertThat(response.getSuccessor().getState()).isEqualTo(KeyState.KEY_STATE_ACTIVE);
    assertThat(response.getOverriddenList()).isEmpty();
    assertThat(keystore.signUser().getKid()).isEqualTo(6);
    var event = keystore.lastEvent();
    assertThat(event.getActor()).isEqualTo("operator");
    assertThat(event.getReason()).isEqualTo("found on a laptop");
    assertThat(event.getKeyCompromised().getSuccessorKid()).isEqualTo(6);
    assertThat(event.getKeyCompromised().getImpact().getSessions()).isEqualTo(9);
    assertThat(response.getImpact()).isEqualTo(event.getKeyCompromised().getImpact());
  }

  @Test
  void makesASuccessorOfTheSameTypeWhenThereIsNone() {
    keystore.place(7, KeyFiles.ec("secp384r1"));
    keystore.awaitState(7, KeyState.KEY_STATE_ANNOUNCED);
    activate(7);

    var response = compromise(order(7));

    assertThat(response.getSuccessor().getKid()).isEqualTo(8);
    assertThat(response.getSuccessor().getAlg()).isEqualTo("ES384");
    assertThat(keystore.signUser().getKid()).isEqualTo(8);
    var announced = keystore.events().get(keystore.events().size() - 2);
    assertThat(announced.getActor()).isEqualTo("operator");
    assertThat(announced.getReason()).isEqualTo("successor of kid 7: found on a laptop");
  }

  @Test
  void goesOnWithoutADeafVerifierAndNamesIt() {
    keystore.report("useradm", keystore.upToDate("useradm-1"));
    placed(5);
    keystore.report("gateway", keystore.upToDate("gateway-1"));

    var response = compromise(order(0).setWait(seconds(0)));

    assertThat(response.getKey().getState()).isEqualTo(KeyState.KEY_STATE_COMPROMISED);
    assertThat(response.getOverriddenList()).containsExactly("useradm-1");
    assertThat(response.getVerifiersList())
        .extracting(Distrust::getName)
        .containsExactly("gateway-1", "useradm-1");
    assertThat(response.hasUntilLast()).isFalse();
  }

  @Test
  void measuresHowLongEachVerifierTookAndTheLast() throws Exception {
    placed(5);
    keystore.report("useradm", keystore.upToDate("useradm-1"));
    keystore.report("gateway", keystore.upToDate("gateway-1"));
    var admin = keystore.admin();
    var pending =
        CompletableFuture.supplyAsync(
            () -> admin.compromiseKey(order(0).setWait(seconds(60)).build()));

    keystore.awaitState(0, KeyState.KEY_STATE_COMPROMISED);
    keystore.report("gateway", keystore.upToDate("gateway-1"));
    Thread.sleep(300);
    assertThat(pending).isNotDone();
    keystore.report("useradm", keystore.upToDate("useradm-1"));
    var response = pending.get(30, TimeUnit.SECONDS);

    assertThat(response.getVerifiersList()).allMatch(Distrust::hasAfter).hasSize(2);
    var first = response.getVerifiers(0);
    var last = response.getVerifiers(1);
    assertThat(first.getName()).isEqualTo("gateway-1");
    assertThat(nanos(last.getAfter()) - nanos(first.getAfter())).isGreaterThan(200_000_000);
    assertThat(response.getUntilLast()).isEqualTo(last.getAfter());
  }

  /// It may accept the key's tokens still, so nobody may say that the end has been everywhere.
  @Test
  void doesNotForgetAVerifierWhoseLeaseRunsOutMeanwhile() {
    keystore.restartWithLease("2s");
    placed(5);
    keystore.report("gateway", keystore.upToDate("gateway-1"));

    var response = compromise(order(5).setWait(seconds(30)));

    assertThat(response.getVerifiersList())
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.getName()).isEqualTo("gateway-1");
              assertThat(one.hasAfter()).isFalse();
            });
    assertThat(response.hasUntilLast()).isFalse();
  }

  /// It says that it has heard of the end, and its keys are others.
  @Test
  void doesNotBelieveAVerifierThatHoldsOtherKeysThanItSays() {
    placed(5);
    var lie = keystore.upToDate("gateway-1");
    keystore.report("gateway", lie);
    var admin = keystore.admin();
    var pending =
        CompletableFuture.supplyAsync(
            () -> admin.compromiseKey(order(5).setWait(seconds(2)).build()));
    keystore.awaitState(5, KeyState.KEY_STATE_COMPROMISED);
    keystore.report("gateway", lie.setEpoch(keystore.kidMap().epoch()));

    var response = pending.join();

    assertThat(response.getVerifiersList())
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.hasAfter()).isFalse();
              assertThat(one.getWhy()).startsWith("holds other keys than the log says");
            });
    assertThat(response.hasUntilLast()).isFalse();
  }

  /// Leases that ran out because there was no keystore to renew them prove nothing.
  @Test
  void doesNotSayEverywhereBeforeItCanKnowWhoIsThere() {
    placed(5);
    keystore.restart();

    var response = compromise(order(5));

    assertThat(response.getKey().getState()).isEqualTo(KeyState.KEY_STATE_COMPROMISED);
    assertThat(response.getVerifiersList()).isEmpty();
    assertThat(response.hasUntilLast()).isFalse();
    assertThat(response.hasKnowsAllAt()).isTrue();
  }

  @Test
  void waitsForWhoeverIsHeardOfAfterAStart() {
    keystore.restartWithLease("3s");
    placed(5);
    keystore.restart();
    var admin = keystore.admin();
    var pending =
        CompletableFuture.supplyAsync(
            () -> admin.compromiseKey(order(5).setWait(seconds(30)).build()));
    keystore.awaitState(5, KeyState.KEY_STATE_COMPROMISED);
    keystore.report("gateway", keystore.upToDate("gateway-1"));

    var response = pending.join();

    assertThat(response.getVerifiersList()).singleElement().matches(Distrust::hasAfter);
    assertThat(response.hasUntilLast()).isTrue();
    assertThat(response.hasKnowsAllAt()).isFalse();
  }

  @Test
  void namesWhoeverWasNotHeardAnyMore() {
    keystore.restartWithLease("1s");
    placed(5);
    keystore.report("gateway", keystore.upToDate("gateway-1"));
    await()
        .atMost(TestKeystore.SOON)
        .until(
            () ->
                keystore
                    .admin()
                    .listVerifiers(ListVerifiersRequest.getDefaultInstance())
                    .getVerifiersList()
                    .stream()
                    .noneMatch(Verifier::getLive));

    var response = compromise(order(5).setWait(seconds(30)));

    assertThat(response.getVerifiersList()).isEmpty();
    assertThat(response.hasUntilLast()).isTrue();
    assertThat(response.getSilentList())
        .extracting(SilentVerifier::getName)
        .containsExactly("gateway-1");
  }

  @Test
  void changesTheSignerOnlyWhenTheSignerIsBad() {
    placed(5);

    var response = compromise(order(5));

    assertThat(response.hasSuccessor()).isFalse();
    assertThat(response.hasUntilLast()).isTrue();
    assertThat(keystore.signUser().getKid()).isZero();
    assertThat(keystore.key("useradm", 5).getState()).isEqualTo(KeyState.KEY_STATE_COMPROMISED);
  }

  @Test
  void reachesAKeyThatIsRetiredOrRemovedOrHeld() throws IOException {
    placed(5);
    var six = placed(6);
    placed(7);
    keystore.report("useradm", keystore.counted("useradm-1"));
    keystore.admin().retireKey(RetireKeyRequest.newBuilder().setRing("useradm").setKid(5).build());
    Files.delete(six);
    keystore.awaitState(6, KeyState.KEY_STATE_RETIRED);
    keystore.admin().holdKey(HoldKeyRequest.newBuilder().setRing("useradm").setKid(7).build());

    for (long kid = 5; kid <= 7; kid++) {
      compromise(order(kid).setWait(seconds(0)));
      assertThat(keystore.key("useradm", kid).getState()).isEqualTo(KeyState.KEY_STATE_COMPROMISED);
    }
  }

  @Test
  void saysThatItIsDoneAlready() {
    placed(5);
    compromise(order(5));

    assertThat(refusal(() -> compromise(order(5))))
        .isEqualTo("FAILED_PRECONDITION: kid 5 of ring useradm is COMPROMISED already");
    assertThat(refusal(() -> compromise(order(99))))
        .isEqualTo("NOT_FOUND: kid 99: no such key in ring useradm");
    assertThat(refusal(() -> compromise(order(0).setReason(""))))
        .startsWith("INVALID_ARGUMENT: reason");
  }

  @Test
  void takesOnlyASuccessorThatCanSignAndChangesNothingOtherwise() throws IOException {
    placed(5);
    Files.delete(placed(6));
    keystore.awaitState(6, KeyState.KEY_STATE_RETIRED);
    var head = keystore.kidMap().epoch();

    for (long wrong : new long[] {0, 6, 99}) {
      assertThat(refusal(() -> compromise(order(0).setSuccessorKid(wrong))))
          .isEqualTo(
              "FAILED_PRECONDITION: successor %d of ring useradm cannot sign (expected: ANNOUNCED or VERIFY_ONLY, with a usable file)"
                  .formatted(wrong));
    }
    assertThat(keystore.kidMap().epoch()).isEqualTo(head);
    assertThat(compromise(order(0).setSuccessorKid(5)).getSuccessor().getKid()).isEqualTo(5);
  }

  @Test
  void saysWhoMaySucceedWhenNoKeyCanBeMade() {
    placed(5);
    activate(5);
    keystore.set(
        "useradm", "SERVER_PRIV_KEY_FILENAME_PATTERN", "private\\.(?:id|no)\\.([0-9]+)\\.pem");
    keystore.restart();

    assertThat(refusal(() -> compromise(order(5))))
        .startsWith("FAILED_PRECONDITION: USERADM_SERVER_PRIV_KEY_FILENAME_PATTERN: ")
        .endsWith("; or name a successor that can sign: kid 0");
    assertThat(compromise(order(5).setSuccessorKid(0)).getSuccessor().getKid()).isZero();
  }

  @Test
  void neverLetsACompromisedKeyComeBack() throws IOException {
    KeyPair bad = KeyFiles.ed25519();
    var file = keystore.place(7, bad);
    keystore.awaitState(7, KeyState.KEY_STATE_ANNOUNCED);
    activate(7);
    compromise(order(7));
    var head = keystore.kidMap().epoch();

    Files.delete(file);
    keystore.place(7, bad);
    awaitFinding("compromised");
    assertThat(refusal(() -> activate(7)))
        .isEqualTo("FAILED_PRECONDITION: kid 7 of ring useradm is COMPROMISED and signs no more");
    assertThat(
            refusal(
                () ->
                    keystore
                        .admin()
                        .generateKey(
                            GenerateKeyRequest.newBuilder().setRing("useradm").setKid(7).build())))
        .startsWith("ALREADY_EXISTS");
    Files.delete(file);
    keystore.place(17, bad);
    keystore.restart();
    awaitFinding("compromised");

    assertThat(keystore.kidMap().epoch()).isEqualTo(head);
    assertThat(keystore.find("useradm", 17)).isEmpty();
    assertThat(keystore.signUser().getKid()).isNotEqualTo(7);
  }

  private Path placed(long kid) {
    var file = keystore.place(kid);
    keystore.awaitState(kid, KeyState.KEY_STATE_ANNOUNCED);
    return file;
  }

  private void activate(long kid) {
    keystore
        .admin()
        .activateKey(ActivateKeyRequest.newBuilder().setRing("useradm").setKid(kid).build());
  }

  private void awaitFinding(String rule) {
    await()
        .atMost(TestKeystore.SOON)
        .until(
            () ->
                keystore
                    .admin()
                    .lint(LintRequest.newBuilder().setRing("useradm").build())
                    .getFindingsList()
                    .stream()
                    .anyMatch(finding -> finding.getRule().equals(rule)));
  }

  private CompromiseKeyResponse compromise(CompromiseKeyRequest.Builder request) {
    return keystore.admin().compromiseKey(request.build());
  }

  private static CompromiseKeyRequest.Builder order(long kid) {
    return CompromiseKeyRequest.newBuilder()
        .setRing("useradm")
        .setKid(kid)
        .setReason("found on a laptop")
        .setWait(seconds(1));
  }

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  private static long nanos(Duration duration) {
    return duration.getSeconds() * 1_000_000_000 + duration.getNanos();
  }

  private static String refusal(Runnable call) {
    Status status = catchThrowableOfType(StatusRuntimeException.class, call::run).getStatus();
    return status.getCode() + ": " + status.getDescription();
  }
}
