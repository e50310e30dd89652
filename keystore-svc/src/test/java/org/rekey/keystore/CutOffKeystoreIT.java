package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.ActivateKeyResponse;
import org.rekey.proto.keystore.v1.GetReadinessRequest;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.ReadRequest;
import org.rekey.testkit.PostgresExtension;

/// One of two keystores loses its database or its life at the worst moment; the other one goes on.
class CutOffKeystoreIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @TempDir Path home;
  private TestKeystore one;
  private TestKeystore other;
  private Cable cable;

  @BeforeEach
  void start() {
    one = new TestKeystore(home, POSTGRES.newDatabase());
    one.environment().put("KEYSTORE_LEASE", "2s");
    one.start();
    one.place(7);
    one.awaitState(7, KeyState.KEY_STATE_ANNOUNCED);
    cable = new Cable(Objects.requireNonNull(one.environment().get("KEYSTORE_DATABASE_URL")));
    other = one.beside("keystore-2");
    other.environment().put("KEYSTORE_DATABASE_URL", cable.url());
  }

  @AfterEach
  void stop() {
    cable.mend();
    other.close();
    one.close();
    cable.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"silent", "cut"})
  void signsNothingALeaseAfterItLastReadTheJournalAndComesBackByItself(String how) {
    other.start();
    awaitReady(other);
    assertThat(other.signUser().getKid()).isZero();

    breaking(how).accept(cable);
    var lastRead = System.nanoTime();
    assertThat(activate(one).getKey().getState()).isEqualTo(KeyState.KEY_STATE_ACTIVE);
    await()
        .atMost(TestKeystore.SOON)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> signing(other) == Status.Code.UNAVAILABLE);
    assertThat(Duration.ofNanos(System.nanoTime() - lastRead)).isLessThan(Duration.ofSeconds(8));
    assertThat(one.signUser().getKid()).isEqualTo(7);

    cable.mend();
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> other.signUser().getKid() == 7);
    assertThat(other.events()).isEqualTo(one.events());
  }

  @Test
  void answersNeitherPullsNorFirstReportsAndNoOrdersWithoutItsDatabase() {
    other.start();
    awaitReady(other);
    cable.cut();

    assertThat(code(() -> other.log("gateway").read(ReadRequest.getDefaultInstance()).next()))
        .isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(code(() -> other.report("gateway", one.upToDate("gateway-1"))))
        .isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(code(() -> other.report("gateway", one.upToDate("gateway-1").setEpoch(99))))
        .isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(code(() -> activate(other))).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(one.kidMap().active("useradm").orElseThrow().kid()).isZero();
  }

  @Test
  void activatesNothingForALeaseAfterItsDatabaseIsBack() {
    other.start();
    awaitReady(other);

    cable.cut();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                code(() -> other.report("gateway", one.upToDate("gateway-1")))
                    == Status.Code.UNAVAILABLE);
    cable.mend();
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> !other.events().isEmpty());

    assertThat(readiness(other)).isTrue();
    awaitReady(other);
  }

  /// The event is in the journal, and whoever ordered it was not told.
  @Test
  void hasActivatedAlthoughItWasKilledBeforeItCouldAnswer() throws Exception {
    other.startAsProcess();
    awaitReady(other);
    var admin = other.admin();
    var head = one.kidMap().epoch();

    cable.silenceAfter("INSERT INTO key_event");
    var unanswered = CompletableFuture.supplyAsync(() -> admin.activateKey(activation()));
    await().atMost(TestKeystore.SOON).until(() -> cable.isSilent());
    await().atMost(TestKeystore.SOON).until(() -> one.signUser().getKid() == 7);
    assertThat(unanswered).isNotDone();
    other.kill();

    assertThat(unanswered.handle((_, failure) -> failure).get(30, TimeUnit.SECONDS)).isNotNull();
    assertThat(one.kidMap().epoch()).isEqualTo(head + 1);
    assertThat(one.kidMap().active("useradm").orElseThrow().kid()).isEqualTo(7);
    assertThat(activate(one).getOverriddenList()).isEmpty();
    assertThat(one.kidMap().epoch()).isEqualTo(head + 1);
  }

  /// A verifier that only the killed one had heard is waited for, and then forgotten.
  @Test
  void leavesItsVerifiersToTheOtherOneWhenItIsKilled() {
    other.startAsProcess();
    other.report("gateway", other.upToDate("gateway-1").setEpoch(1).setKeySetHash(hashAt(1)));
    other.kill();

    assertThat(
            code(() -> one.admin().activateKey(activation().toBuilder().setWait(zero()).build())))
        .isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(activate(one).getKey().getState()).isEqualTo(KeyState.KEY_STATE_ACTIVE);
  }

  private static Consumer<Cable> breaking(String how) {
    return how.equals("cut") ? Cable::cut : Cable::silence;
  }

  private com.google.protobuf.ByteString hashAt(long epoch) {
    var map = org.rekey.verifier.map.KidMap.empty();
    for (KeyEvent event : one.events()) {
      if (map.epoch() < epoch) {
        map = map.apply(event).map();
      }
    }
    return com.google.protobuf.ByteString.copyFrom(map.keySetHash());
  }

  private static Status.Code signing(TestKeystore keystore) {
    return code(() -> keystore.signUser());
  }

  private static void awaitReady(TestKeystore keystore) {
    await().atMost(TestKeystore.SOON).until(() -> !readiness(keystore));
  }

  /// Whether the keystore may not know every verifier.
  private static boolean readiness(TestKeystore keystore) {
    return keystore
        .admin()
        .getReadiness(GetReadinessRequest.newBuilder().setRing("useradm").build())
        .hasKnowsAllAt();
  }

  private static ActivateKeyResponse activate(TestKeystore keystore) {
    return keystore.admin().activateKey(activation());
  }

  private static ActivateKeyRequest activation() {
    return ActivateKeyRequest.newBuilder().setRing("useradm").setKid(7).build();
  }

  private static com.google.protobuf.Duration zero() {
    return com.google.protobuf.Duration.getDefaultInstance();
  }

  private static Status.Code code(Runnable call) {
    var failure = catchThrowableOfType(StatusRuntimeException.class, call::run);
    return failure == null ? Status.Code.OK : failure.getStatus().getCode();
  }
}
