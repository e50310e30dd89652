package org.rekey.keystore;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.CompromiseKeyRequest;
import org.rekey.proto.keystore.v1.GenerateKeyRequest;
import org.rekey.proto.keystore.v1.HoldKeyRequest;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.ReleaseKeyRequest;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;
import org.rekey.verifier.map.KidMap;

/// Two keystores on one database, with the same directories or a copy each, ordered about at the
/// same moment.
class TwoKeystoresIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @TempDir Path home;
  @TempDir Path otherHome;
  private TestKeystore one;
  private TestKeystore other;

  @BeforeEach
  void start() {
    one = new TestKeystore(home, POSTGRES.newDatabase());
    one.environment().put("KEYSTORE_LEASE", "2s");
    one.start();
    other = one.beside("keystore-2");
  }

  @AfterEach
  void stop() {
    other.close();
    one.close();
  }

  @Test
  void activateOneAfterTheOtherWhenTheyRaceAndNeverTwoKeysAtOnce() throws Exception {
    placed(1, 2);
    other.start();
    awaitReady(other);

    for (int round = 0; round < 10; round++) {
      var done = race(() -> activate(one, 1), () -> activate(other, 2));
      assertThat(done).containsExactly("OK", "OK");
    }

    assertThat(proven(one).keys("useradm")).filteredOn(key -> key.activatedAt() != null).hasSize(3);
    assertThat(one.events()).isEqualTo(other.events());
  }

  @Test
  void compromiseAKeyOnceAndLeaveTheRingASigner() throws Exception {
    placed(1, 2);
    other.start();
    awaitReady(other);

    var done = race(() -> compromise(one, 0), () -> compromise(other, 0));

    assertThat(done).containsExactlyInAnyOrder("OK", "FAILED_PRECONDITION");
    assertThat(one.events()).filteredOn(KeyEvent::hasKeyCompromised).hasSize(1);
    assertThat(proven(one).active("useradm")).isPresent();
    assertThat(one.signUser().getKid()).isEqualTo(2);
    await().atMost(TestKeystore.SOON).until(() -> other.signUser().getKid() == 2);
  }

  @Test
  void compromiseAKeyThatIsActivatedAtTheSameMomentAndLeaveTheRingASigner() throws Exception {
    placed(1, 2, 3, 4, 5);
    other.start();
    awaitReady(other);

    for (long kid = 1; kid <= 4; kid++) {
      var bad = kid;
      race(() -> activate(one, bad), () -> compromise(other, bad));
      assertThat(proven(one).active("useradm")).isPresent();
      assertThat(one.key("useradm", bad).getState()).isEqualTo(KeyState.KEY_STATE_COMPROMISED);
    }
  }

  @Test
  void retireAKeyOnce() throws Exception {
    placed(1);
    other.start();
    one.report("useradm", one.counted("useradm-1"));

    var done = race(() -> retire(one, 1), () -> retire(other, 1));

    assertThat(done).containsExactly("OK", "OK");
    assertThat(one.events()).filteredOn(KeyEvent::hasKeyRetired).hasSize(1);
  }

  @Test
  void generateAKidOnceInOneDirectory() throws Exception {
    other.start();

    for (long kid = 10; kid < 13; kid++) {
      var wanted = kid;
      var done = race(() -> generate(one, wanted), () -> generate(other, wanted));
      assertThat(done).containsExactlyInAnyOrder("OK", "ALREADY_EXISTS");
    }
    assertThat(proven(one).keys("useradm")).hasSize(4);
  }

  @Test
  void generateAKidOnceInTwoDirectoriesAndOnlyWhoHasTheKeySignsWithIt() throws Exception {
    other = one.copiedTo(otherHome, "keystore-2").start();
    awaitReady(other);

    var done = race(() -> generate(one, 10), () -> generate(other, 10));

    assertThat(done).containsExactlyInAnyOrder("OK", "ALREADY_EXISTS");
    var winner = done.getFirst().equals("OK") ? one : other;
    var loser = winner == one ? other : one;
    assertThat(activate(winner, 10)).isEqualTo("OK");
    assertThat(winner.signUser().getKid()).isEqualTo(10);
    await()
        .atMost(TestKeystore.SOON)
        .until(() -> code(() -> loser.signUser()) == Status.Code.UNAVAILABLE);
    assertThat(loser.ring("useradm").getNotesList()).anyMatch(note -> note.contains("kid 10"));
  }

  @Test
  void signWithTheSameKey() {
    placed(7);
    other = one.copiedTo(otherHome, "keystore-2").start();
    assertThat(activate(one, 7)).isEqualTo("OK");
    await().atMost(TestKeystore.SOON).until(() -> other.signUser().getKid() == 7);

    for (TestKeystore keystore : List.of(one, other)) {
      var token = keystore.signUser().getToken();
      var key = proven(one).find("useradm", 7).orElseThrow();
      var end = token.lastIndexOf('.');
      assertThat(
              key.alg()
                  .verify(
                      key.publicKey(),
                      token.substring(0, end).getBytes(US_ASCII),
                      Base64.getUrlDecoder().decode(token.substring(end + 1))))
          .isTrue();
    }
  }

  @Test
  void sayWhichFilesOnlyOneOfThemHasAndLeaveTheKeysAlone() {
    other = one.copiedTo(otherHome, "keystore-2").start();
    placed(7);
    await()
        .atMost(TestKeystore.SOON)
        .until(() -> other.ring("useradm").getNotesList(), notes -> !notes.isEmpty());

    assertThat(other.ring("useradm").getNotesList())
        .containsExactly(
            "kid 7 is ANNOUNCED and has no file here, but has at another keystore (copy it to %s)"
                .formatted(other.directory("useradm")));
    other.restart();
    assertThat(other.key("useradm", 7).getState()).isEqualTo(KeyState.KEY_STATE_ANNOUNCED);
    assertThat(one.ring("useradm").getNotesList()).isEmpty();
  }

  @Test
  void obeyARemovalFromOneCopyOnceAndForAll() throws IOException {
    placed(7);
    other = one.copiedTo(otherHome, "keystore-2").start();
    Files.delete(one.file("useradm", "private.id.7.pem"));
    one.awaitState(7, KeyState.KEY_STATE_RETIRED);
    other.awaitState(7, KeyState.KEY_STATE_RETIRED);
    var head = one.kidMap().epoch();

    other.restart();
    one.restart();

    assertThat(one.kidMap().epoch()).isEqualTo(head);
    assertThat(other.ring("useradm").getNotesList())
        .containsExactly(
            "kid 7 was removed at another keystore and has a file here (remove it; to bring the key back, put the file there again)");
  }

  /// Where a copy lies says nothing of which key is meant.
  @Test
  void doNotUndoAnOperatorsActivationWhenACopyElsewhereStarts() {
    placed(7);
    assertThat(activate(one, 7)).isEqualTo("OK");

    other = one.copiedTo(otherHome, "keystore-2").start();
    awaitReady(other);
    other.restart();
    awaitReady(other);

    assertThat(other.signUser().getKid()).isEqualTo(7);
    assertThat(one.signUser().getKid()).isEqualTo(7);
  }

  @Test
  void keepOneChainUnderAStorm() throws Exception {
    placed(1, 2, 3, 4);
    other.start();
    awaitReady(other);
    var before = one.kidMap().epoch();

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var storms = new ArrayList<Callable<Void>>();
      for (TestKeystore keystore : List.of(one, other)) {
        for (long kid = 1; kid <= 4; kid++) {
          var own = kid;
          storms.add(
              () -> {
                for (int round = 0; round < 10; round++) {
                  code(() -> activate(keystore, own));
                  code(() -> hold(keystore, own));
                  code(() -> release(keystore, own));
                }
                return null;
              });
        }
      }
      for (var storm : threads.invokeAll(storms)) {
        storm.get();
      }
    }

    proven(one);
    assertThat(one.signedEvents()).isEqualTo(other.signedEvents());
    assertThat(one.kidMap().epoch()).isGreaterThan(before + 40);
    assertThat(one.events())
        .extracting(KeyEvent::getEpoch)
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, one.kidMap().epoch()).boxed().toList());
  }

  /// The log as a verifier proves it: every event genuine, in its place and legal, never two active
  /// keys in a ring, and each activation names the one that it replaced.
  private static KidMap proven(TestKeystore keystore) {
    var map = KidMap.empty();
    for (KeyEvent event : keystore.events()) {
      var before = map.active(event.getRing());
      map = ((KidMap.Applied) map.apply(event)).map();
      assertThat(map.keys(event.getRing()))
          .filteredOn(key -> key.state() == org.rekey.verifier.map.KeyState.ACTIVE)
          .hasSizeLessThanOrEqualTo(1);
      if (event.hasKeyActivated() && before.isPresent()) {
        assertThat(event.getKeyActivated().getReplacedKid()).isEqualTo(before.get().kid());
      }
    }
    assertThat(keystore.kidMap()).isEqualTo(map);
    return map;
  }

  private void placed(long... kids) {
    for (long kid : kids) {
      one.place(kid, KeyFiles.ed25519());
      one.awaitState(kid, KeyState.KEY_STATE_ANNOUNCED);
    }
  }

  /// For a lease after its start a keystore activates nothing.
  private static void awaitReady(TestKeystore keystore) {
    await()
        .atMost(TestKeystore.SOON)
        .until(
            () ->
                !keystore
                    .admin()
                    .getReadiness(
                        org.rekey.proto.keystore.v1.GetReadinessRequest.newBuilder()
                            .setRing("useradm")
                            .build())
                    .hasKnowsAllAt());
  }

  @SafeVarargs
  private static List<String> race(Callable<String>... commands) throws Exception {
    var start = new CyclicBarrier(commands.length);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<java.util.concurrent.Future<String>>();
      for (var command : commands) {
        running.add(
            threads.submit(
                () -> {
                  start.await();
                  return command.call();
                }));
      }
      var results = new ArrayList<String>();
      for (var one : running) {
        results.add(one.get());
      }
      return results;
    }
  }

  private static String activate(TestKeystore keystore, long kid) {
    return code(() ->
            keystore
                .admin()
                .activateKey(
                    ActivateKeyRequest.newBuilder().setRing("useradm").setKid(kid).build()))
        .name();
  }

  private static String compromise(TestKeystore keystore, long kid) {
    return code(() ->
            keystore
                .admin()
                .compromiseKey(
                    CompromiseKeyRequest.newBuilder()
                        .setRing("useradm")
                        .setKid(kid)
                        .setReason("found on a laptop")
                        .build()))
        .name();
  }

  private static String retire(TestKeystore keystore, long kid) {
    return code(() ->
            keystore
                .admin()
                .retireKey(RetireKeyRequest.newBuilder().setRing("useradm").setKid(kid).build()))
        .name();
  }

  private static String generate(TestKeystore keystore, long kid) {
    return code(() ->
            keystore
                .admin()
                .generateKey(
                    GenerateKeyRequest.newBuilder()
                        .setRing("useradm")
                        .setKid(kid)
                        .setType("ed25519")
                        .build()))
        .name();
  }

  private static String hold(TestKeystore keystore, long kid) {
    return code(() ->
            keystore
                .admin()
                .holdKey(HoldKeyRequest.newBuilder().setRing("useradm").setKid(kid).build()))
        .name();
  }

  private static String release(TestKeystore keystore, long kid) {
    return code(() ->
            keystore
                .admin()
                .releaseKey(ReleaseKeyRequest.newBuilder().setRing("useradm").setKid(kid).build()))
        .name();
  }

  private static Status.Code code(Runnable call) {
    try {
      call.run();
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }
}
