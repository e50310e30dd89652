package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.CompromiseKeyRequest;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyRetired;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.ListVerifiersRequest;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// Promise 7: the bus makes it fast, the store makes it certain. Whatever happens to Kafka or to
/// keystore-svc, the kid maps are right, and catch up by themselves.
class TwoRoadsIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir Path directory;
  private Platform platform;
  private Client client;

  @BeforeEach
  void start() {
    platform = Platform.start(directory, POSTGRES);
    client = new Client(platform, HttpClient.Version.HTTP_1_1);
    platform.createUser("admin@example.com", "correct horse");
  }

  @AfterEach
  void stop() {
    client.close();
    platform.close();
  }

  private String login() {
    return client.login("admin@example.com", "correct horse");
  }

  private void rotateTo(long kid) {
    KeyFiles.place(
        platform.keyDirectory("useradm").resolve("private.id." + kid + ".pem"),
        KeyFiles.pkcs8(KeyFiles.ed25519()));
    platform.awaitState("useradm", kid, KeyState.KEY_STATE_ANNOUNCED);
    platform
        .admin()
        .activateKey(ActivateKeyRequest.newBuilder().setRing("useradm").setKid(kid).build());
  }

  @Test
  void kafkaIsAwayForAWholeRotationAndAKeysEndAndNothingIsLostOrAppliedTwice() {
    String old = login();
    platform.kafka().kill();
    rotateTo(7);
    String fresh = login();
    assertThat(Tokens.kid(fresh)).isEqualTo(7);
    assertThat(client.statusWith(fresh)).as("the kid map caught up over gRPC").isEqualTo(200);
    assertThat(client.statusWith(old)).isEqualTo(200);
    platform.awaitAllCaughtUp();

    var end =
        platform
            .admin()
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .compromiseKey(
                CompromiseKeyRequest.newBuilder()
                    .setRing("useradm")
                    .setKid(7)
                    .setReason("drill")
                    .setWait(com.google.protobuf.Duration.newBuilder().setSeconds(20))
                    .build());
    assertThat(end.hasUntilLast()).as("every verifier has heard of it over gRPC").isTrue();
    assertThat(end.getOverriddenList()).isEmpty();
    assertThat(client.statusWith(fresh)).as("the key is bad").isEqualTo(401);
    assertThat(client.statusWith(login())).as("its successor signs").isEqualTo(200);

    platform.kafka().startAgain();
    long head = platform.awaitAllCaughtUp().getHeadEpoch();
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(epochsOnTopic().stream().distinct().toList())
                    .containsExactlyElementsOf(LongStream.rangeClosed(1, head).boxed().toList()));
    assertThat(epochsOnTopic()).as("in order").isSorted();
    rotateTo(end.getSuccessor().getKid() + 1);
    assertThat(client.statusWith(login())).isEqualTo(200);
    assertThat(client.statusWith(old)).isEqualTo(200);
    assertThat(client.statusWith(fresh)).isEqualTo(401);
    platform.awaitAllCaughtUp();
  }

  @Test
  void theKeystoreIsAwayAndVerificationGoesOn() {
    String token = login();
    platform.stopKeystore();
    for (int i = 0; i < 50; i++) {
      assertThat(client.statusWith(token)).isEqualTo(200);
    }
    assertThat(client.statusWith(Tokens.withBrokenSignature(token))).isEqualTo(401);
    assertThat(client.tryLogin("admin@example.com", "correct horse").statusCode())
        .as("nobody can sign")
        .isEqualTo(503);
    String ofUnknownKid =
        Tokens.withHeader(token, "{\"alg\":\"RS256\",\"kid\":\"424242\",\"typ\":\"JWT\"}");
    assertThat(client.statusWith(ofUnknownKid))
        .as("a verifier that cannot ask does not call a token bad")
        .isEqualTo(503);

    platform.startKeystore();
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> client.tryLogin("admin@example.com", "correct horse").statusCode() == 200);
    assertThat(client.statusWith(token)).isEqualTo(200);
    await().atMost(Duration.ofSeconds(30)).until(() -> client.statusWith(ofUnknownKid) == 401);
  }

  @Test
  void whatIsForgedDoubledReplayedOrMissingOnTheTopicChangesNothing() throws Exception {
    String token = login();
    platform.awaitAllCaughtUp();
    var records = platform.kafka().keyLog();
    SignedKeyEvent last = SignedKeyEvent.parseFrom(records.getLast().value());
    KeyEvent lastEvent = KeyEvent.parseFrom(last.getEvent());
    ByteString retire =
        KeyEvent.newBuilder()
            .setEpoch(lastEvent.getEpoch() + 1)
            .setPreviousHash(lastEvent.getPreviousHash())
            .setAt(lastEvent.getAt())
            .setActor("operator")
            .setRing("useradm")
            .setKid(0)
            .setKeyRetired(KeyRetired.newBuilder().setCause(KeyRetired.Cause.CAUSE_COMMAND))
            .build()
            .toByteString();
    SignedKeyEvent forged = last.toBuilder().setEvent(retire).build();
    SignedKeyEvent gap =
        last.toBuilder()
            .setEvent(
                KeyEvent.parseFrom(retire).toBuilder()
                    .setEpoch(lastEvent.getEpoch() + 40)
                    .build()
                    .toByteString())
            .build();

    platform.kafka().writeToKeyLog(Long.toString(lastEvent.getEpoch() + 1), forged.toByteArray());
    platform.kafka().writeToKeyLog("x", gap.toByteArray());
    platform.kafka().writeToKeyLog("x", new byte[] {1, 2, 3});
    platform.kafka().writeToKeyLog("x", new byte[0]);
    platform.kafka().writeToKeyLog("x", records.getFirst().value());
    platform.kafka().writeToKeyLog("x", records.getLast().value());
    platform.kafka().writeToKeyLog("x", records.getLast().value());

    rotateTo(11);
    platform.awaitAllCaughtUp();
    assertThat(client.statusWith(token)).as("the forged retirement was refused").isEqualTo(200);
    String fresh = login();
    assertThat(Tokens.kid(fresh)).isEqualTo(11);
    assertThat(client.statusWith(fresh)).isEqualTo(200);
    assertThat(platform.useradmMetrics())
        .as("somebody is told")
        .containsPattern("rekey_keylog_alarms_total\\{[^}]*\\} [1-9]");
    assertThat(
            platform
                .admin()
                .listVerifiers(ListVerifiersRequest.getDefaultInstance())
                .getHeadEpoch())
        .as("nothing forged entered the log")
        .isEqualTo(lastEvent.getEpoch() + 2);
  }

  private List<Long> epochsOnTopic() {
    return platform.kafka().keyLog().stream()
        .map(
            record -> {
              try {
                return KeyEvent.parseFrom(SignedKeyEvent.parseFrom(record.value()).getEvent())
                    .getEpoch();
              } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException(e);
              }
            })
        .toList();
  }
}
