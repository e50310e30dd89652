package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.ActivateKeyResponse;
import org.rekey.proto.keystore.v1.GenerateKeyRequest;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.LintRequest;
import org.rekey.proto.keystore.v1.ListVerifiersRequest;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import org.rekey.proto.keystore.v1.Verifier;
import org.rekey.testkit.PostgresExtension;

/// What operators order, and what the acks of verifiers have to do with it.
class CommandsIT {
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
  void activatesAKeyAndTheOldOneOnlyVerifiesFromThenOn() {
    placed(5539);

    var key = activate(5539).getKey();

    assertThat(key.getState()).isEqualTo(KeyState.KEY_STATE_ACTIVE);
    assertThat(keystore.key("useradm", 0).getState()).isEqualTo(KeyState.KEY_STATE_VERIFY_ONLY);
    assertThat(keystore.signUser().getKid()).isEqualTo(5539);
    assertThat(keystore.lastEvent().getActor()).isEqualTo("operator");
    assertThat(keystore.lastEvent().getKeyActivated().getReplacedKid()).isZero();
    assertThat(keystore.lastEvent().getKeyActivated().hasReplacedKid()).isTrue();
  }

  @Test
  void remembersAnActivationOverARestartAndSaysThatTheSettingsNameAnother() {
    placed(5539);
    activate(5539);

    keystore.restart();

    assertThat(keystore.signUser().getKid()).isEqualTo(5539);
    assertThat(keystore.ring("useradm").getNotesList())
        .singleElement()
        .asString()
        .isEqualTo(
            "USERADM_SERVER_PRIV_KEY_PATH names kid 0, but kid 5539 was activated later and signs");
    assertThat(keystore.ring("useradm").getActiveKid()).isEqualTo(5539);
    assertThat(keystore.ring("useradm").getConfiguredKid()).isZero();
  }

  @Test
  void activatesTheConfiguredKeyWhenTheSettingsHaveChangedSinceTheLastStart() {
    placed(1);
    var second = placed(2);
    activate(1);

    keystore.set("useradm", "SERVER_PRIV_KEY_PATH", second.toString());
    keystore.restartWithLease("1s");

    await().atMost(TestKeystore.SOON).until(() -> keystore.signUser().getKid() == 2);
    assertThat(keystore.lastEvent().getActor()).isEqualTo("config");
    assertThat(keystore.ring("useradm").getNotesList()).isEmpty();

    activate(1);
    keystore.restart();
    assertThat(keystore.signUser().getKid()).isEqualTo(1);
  }

  @Test
  void waitsForVerifiersBeforeTheChangedSettingsCount() {
    var second = placed(2);
    var late = keystore.upToDate("useradm-1").setEpoch(0).setKeySetHash(emptyHash());
    keystore.report("useradm", late);
    keystore.set("useradm", "SERVER_PRIV_KEY_PATH", second.toString());

    keystore.restartWithLease("3s");

    assertThat(keystore.signUser().getKid()).isZero();
    assertThat(keystore.ring("useradm").getNotesList())
        .singleElement()
        .asString()
        .contains("signs until every verifier has the new one");

    keystore.report("useradm", keystore.upToDate("useradm-1"));
    await().atMost(TestKeystore.SOON).until(() -> keystore.signUser().getKid() == 2);
  }

  @Test
  void doesNotActivateBeforeEveryLiveVerifierHasAckedAndNamesWhoHasNot() {
    keystore.report("useradm", keystore.upToDate("useradm-1"));
    keystore.report("gateway", keystore.upToDate("gateway-1"));
    placed(5539);
    keystore.report("gateway", keystore.upToDate("gateway-1"));

    var refused =
        refusal(() -> keystore.admin().activateKey(activation(5539).setWait(seconds(0)).build()));

    assertThat(refused.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(refused.getDescription()).contains("useradm-1").doesNotContain("gateway-1");
    assertThat(keystore.signUser().getKid()).isZero();
  }

  @Test
  void activatesAsSoonAsTheLastAckArrives() throws Exception {
    keystore.report("useradm", keystore.upToDate("useradm-1"));
    placed(5539);
    var admin = keystore.admin();
    var pending =
        CompletableFuture.supplyAsync(
            () -> admin.activateKey(activation(5539).setWait(seconds(60)).build()));

    keystore.report("useradm", keystore.upToDate("useradm-1"));

    assertThat(pending.get(30, java.util.concurrent.TimeUnit.SECONDS).getKey().getState())
        .isEqualTo(KeyState.KEY_STATE_ACTIVE);
  }

  @Test
  void waitsAlsoForAVerifierThatHoldsAnotherKeySetOrDoesNotKnowTheAlgorithm() {
    placed(5539);
    keystore.report(
        "useradm", keystore.upToDate("useradm-1").setKeySetHash(ByteString.copyFrom(new byte[32])));
    keystore.report("deviceauth", keystore.upToDate("deviceauth-1").clearAlgs().addAlgs("RS256"));

    var refused =
        refusal(() -> keystore.admin().activateKey(activation(5539).setWait(seconds(0)).build()));

    assertThat(refused.getDescription()).contains("deviceauth-1, useradm-1");
  }

  @Test
  void goesAheadWithoutAcksWhenOverriddenWithAReasonAndWritesDownWhoWasPassedOver() {
    keystore.report("useradm", keystore.upToDate("useradm-1"));
    placed(5539);

    var withoutReason =
        refusal(
            () ->
                keystore
                    .admin()
                    .activateKey(activation(5539).setWait(seconds(0)).setOverride(true).build()));
    assertThat(withoutReason.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);

    var response =
        keystore
            .admin()
            .activateKey(
                activation(5539)
                    .setWait(seconds(0))
                    .setOverride(true)
                    .setReason("it is being shut down")
                    .build());

    assertThat(response.getOverriddenList()).containsExactly("useradm-1");
    assertThat(keystore.lastEvent().getReason()).isEqualTo("it is being shut down");
    assertThat(keystore.lastEvent().getKeyActivated().getOverriddenList())
        .containsExactly("useradm-1");
  }

  @Test
  void remembersVerifiersOverARestart() {
    keystore.report("useradm", keystore.upToDate("useradm-1"));

    keystore.restart();

    assertThat(
            keystore
                .admin()
                .listVerifiers(ListVerifiersRequest.getDefaultInstance())
                .getVerifiersList())
        .singleElement()
        .satisfies(
            verifier -> {
              assertThat(verifier.getName()).isEqualTo("useradm-1");
              assertThat(verifier.getCaller()).isEqualTo("useradm");
              assertThat(verifier.getLive()).isTrue();
              assertThat(verifier.getAlgsList()).contains("RS256", "EdDSA");
            });
  }

  @Test
  void tellsAVerifierThatIsAheadOfTheLogThatItFollowedAnother() {
    var ahead = keystore.upToDate("useradm-1").setEpoch(1000);

    assertThat(refusal(() -> keystore.report("useradm", ahead)).getCode())
        .isEqualTo(Status.Code.OUT_OF_RANGE);
    assertThat(
            keystore
                .admin()
                .listVerifiers(ListVerifiersRequest.getDefaultInstance())
                .getVerifiersList())
        .extracting(Verifier::getName)
        .isEmpty();
  }

  @Test
  void answersAReportWithTheHeadAndTheLease() {
    var response = keystore.report("gateway", keystore.upToDate("gateway-1"));

    assertThat(response.getHeadEpoch()).isEqualTo(keystore.kidMap().epoch());
    assertThat(response.getLease().getSeconds()).isEqualTo(60);
  }

  @Test
  void refusesToReadBeyondTheHead() {
    assertThat(
            refusal(
                    () ->
                        keystore
                            .log("gateway")
                            .read(
                                org.rekey.proto.keystore.v1.ReadRequest.newBuilder()
                                    .setAfterEpoch(1000)
                                    .build())
                            .next())
                .getCode())
        .isEqualTo(Status.Code.OUT_OF_RANGE);
  }

  @Test
  void generatesAKeyWithTheNextKidInAFileThatOnlyTheOwnerReads() throws IOException {
    placed(5539);

    var key = generate(GenerateKeyRequest.newBuilder().setReason("monthly"));

    assertThat(key.getKid()).isEqualTo(5540);
    assertThat(key.getAlg()).isEqualTo("RS256");
    assertThat(key.getState()).isEqualTo(KeyState.KEY_STATE_ANNOUNCED);
    var file = Path.of(key.getFile());
    assertThat(file).isEqualTo(keystore.file("useradm", "private.id.5540.pem"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(keystore.lastEvent().getActor()).isEqualTo("operator");
    assertThat(keystore.lastEvent().getReason()).isEqualTo("monthly");
    assertThat(keystore.directory("useradm")).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void generatesEveryTypeUnderAGivenKidOnce() {
    var request = GenerateKeyRequest.newBuilder().setKid(42).setType("p-384");
    assertThat(generate(request).getAlg()).isEqualTo("ES384");

    assertThat(refusal(() -> generate(request)).getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
    assertThat(refusal(() -> generate(request.setKid(0))).getCode())
        .isEqualTo(Status.Code.ALREADY_EXISTS);
    assertThat(generate(request.setKid(43).setType("ed25519")).getAlg()).isEqualTo("EdDSA");
  }

  @Test
  void saysWhenThePatternCannotBeTurnedIntoAName() {
    keystore.set("useradm", "SERVER_PRIV_KEY_FILENAME_PATTERN", "(?:old|new)\\.([0-9]+)\\.pem");
    keystore.restart();

    assertThat(refusal(() -> generate(GenerateKeyRequest.newBuilder())).getDescription())
        .startsWith("USERADM_SERVER_PRIV_KEY_FILENAME_PATTERN: ");
  }

  @Test
  void retiresAKeyForGoodAndNeverTheOneThatSigns() {
    placed(7);
    keystore.report("useradm", keystore.counted("useradm-1"));

    var retired = retire(7);
    assertThat(retired.getState()).isEqualTo(KeyState.KEY_STATE_RETIRED);
    assertThat(retire(7).getEpoch()).isEqualTo(retired.getEpoch());

    assertThat(refusal(() -> retire(0)).getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(refusal(() -> retire(99)).getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(refusal(() -> activate(7)).getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(refusal(() -> activate(99)).getCode()).isEqualTo(Status.Code.NOT_FOUND);
    await()
        .atMost(TestKeystore.SOON)
        .untilAsserted(
            () ->
                assertThat(
                        keystore
                            .admin()
                            .lint(LintRequest.newBuilder().setRing("useradm").setKid(7).build())
                            .getFindingsList())
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.getRule()).isEqualTo("retired")));
    keystore.restart();
    assertThat(keystore.key("useradm", 7).getState()).isEqualTo(KeyState.KEY_STATE_RETIRED);
  }

  @Test
  void letsTheLastSignerSignAgainWhenTheFileOfTheActiveKeyIsRemoved() throws IOException {
    var file = placed(7);
    activate(7);

    Files.delete(file);
    keystore.awaitState(7, KeyState.KEY_STATE_RETIRED);

    assertThat(keystore.lastEvent().getKeyRetired().getSuccessorKid()).isZero();
    assertThat(keystore.lastEvent().getKeyRetired().hasSuccessorKid()).isTrue();
    assertThat(keystore.signUser().getKid()).isZero();
  }

  @Test
  void saysWhatToDoWhenNoKeyIsLeftToSignAndSignsAgainWhenTheConfiguredOneIsBack()
      throws IOException {
    var file = keystore.file("useradm", "private.pem");
    var aside = home.resolve("aside.pem");
    placed(7);
    Files.move(file, aside);
    keystore.awaitState(0, KeyState.KEY_STATE_RETIRED);

    var refused = refusal(() -> keystore.signUser());
    assertThat(refused.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(refused.getDescription()).contains("activate one");
    assertThat(keystore.ring("useradm").hasActiveKid()).isFalse();

    Files.move(aside, file);
    keystore.awaitState(0, KeyState.KEY_STATE_ACTIVE);
    assertThat(keystore.signUser().getKid()).isZero();
  }

  private Path placed(long kid) {
    var file = keystore.place(kid);
    keystore.awaitState(kid, KeyState.KEY_STATE_ANNOUNCED);
    return file;
  }

  private ActivateKeyResponse activate(long kid) {
    return keystore.admin().activateKey(activation(kid).build());
  }

  private static ActivateKeyRequest.Builder activation(long kid) {
    return ActivateKeyRequest.newBuilder().setRing("useradm").setKid(kid);
  }

  private Key generate(GenerateKeyRequest.Builder request) {
    return keystore.admin().generateKey(request.setRing("useradm").build()).getKey();
  }

  private Key retire(long kid) {
    return keystore
        .admin()
        .retireKey(RetireKeyRequest.newBuilder().setRing("useradm").setKid(kid).build())
        .getKey();
  }

  private static ByteString emptyHash() {
    return ByteString.copyFrom(org.rekey.verifier.map.KidMap.empty().keySetHash());
  }

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  private static Status refusal(Runnable call) {
    return catchThrowableOfType(StatusRuntimeException.class, call::run).getStatus();
  }
}
