package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Broker;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.e2e.platform.Replica;
import org.rekey.proto.auth.v1.SealedTokenEvent;
import org.rekey.proto.auth.v1.TokenEvent;
import org.rekey.proto.useradm.v1.LoginRequest;
import org.rekey.proto.useradm.v1.LoginResponse;
import org.rekey.proto.useradm.v1.LogoutRequest;
import org.rekey.testkit.PostgresExtension;

/// kill -9 at the worst moments: no revocation is lost, no token comes back.
///
/// What the registry said is believed for ten minutes here, so that nothing but an event can make a
/// replica change its mind.
class CrashIT {
  private static final String EMAIL = "admin@example.com";
  private static final String PASSWORD = "correct horse";
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir Path directory;
  private Platform platform;
  private OutboxTable outbox;

  @BeforeEach
  void start() {
    platform =
        Platform.builder(directory, POSTGRES)
            .useradmReplicas(2)
            .useradmSetting("USERADM_REGISTRY_TTL", "10m")
            .useradmSetting("USERADM_LIMIT_SESSIONS_PER_USER", "0")
            .start();
    outbox = new OutboxTable(platform);
    platform.createUser(EMAIL, PASSWORD);
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  private static String login(Replica replica) {
    LoginResponse answer =
        replica
            .sessions()
            .login(LoginRequest.newBuilder().setEmail(EMAIL).setPassword(PASSWORD).build());
    assertThat(answer.hasIssued()).as(answer.getOutcomeCase().toString()).isTrue();
    return answer.getIssued().getToken();
  }

  private static void logout(Replica replica, String token) {
    var _ =
        replica
            .sessions()
            .logout(LogoutRequest.newBuilder().setToken(ByteString.copyFromUtf8(token)).build());
  }

  private void assertGoodEverywhere(String token) {
    for (Replica replica : platform.replicas()) {
      assertThat(replica.accepts(token)).isTrue();
    }
  }

  private static void awaitRefused(Replica replica, String token) {
    if (replica.verify(token).hasRefused()) {
      return;
    }
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> replica.verify(token).hasRefused());
  }

  private void awaitEmptyOutbox() {
    await().atMost(PATIENCE).until(() -> outbox.size() == 0);
  }

  private static void startAgain(Replica replica) {
    replica.start();
    replica.awaitReady();
  }

  @Test
  void killedBetweenCommitAndEventASurvivorPublishesIt() {
    for (int round = 0; round < 2; round++) {
      Replica killed = platform.replica(round);
      Replica survivor = platform.replica(1 - round);
      String token = login(killed);
      String stays = login(survivor);
      assertGoodEverywhere(token);
      assertGoodEverywhere(stays);

      platform.kafka().pause();
      logout(killed, token);
      killed.kill9();
      assertThat(outbox.size()).as("committed, not published").isPositive();
      assertThat(survivor.accepts(token)).as("it has not heard of it yet").isTrue();
      platform.kafka().resume();

      awaitRefused(survivor, token);
      awaitEmptyOutbox();
      startAgain(killed);
      assertThat(killed.verify(token).hasRefused()).isTrue();
      assertGoodEverywhere(stays);
      assertEventsArrive();
    }
  }

  @Test
  void killedBetweenEventAndAckTheEventIsDoubledAndDoesNoHarm() throws Exception {
    Replica killed = platform.replica(0);
    Replica survivor = platform.replica(1);
    String token = login(killed);
    String stays = login(survivor);
    assertGoodEverywhere(token);
    assertGoodEverywhere(stays);

    makeRelay(killed, survivor);
    platform.kafka().pause();
    logout(killed, token);
    try (Connection lock = outbox.lockRows()) {
      platform.kafka().resume();
      await().atMost(PATIENCE).until(() -> timesPublished(token) == 1);
      survivor.resume();
      awaitRefused(survivor, token);
      assertThat(outbox.size()).as("published, not taken out").isEqualTo(1);
      killed.kill9();
      assertThat(outbox.size()).isEqualTo(1);
      lock.rollback();
    }
    awaitEmptyOutbox();
    assertThat(timesPublished(token)).as("once more by the survivor").isEqualTo(2);

    assertThat(survivor.verify(token).hasRefused()).isTrue();
    startAgain(killed);
    assertThat(killed.verify(token).hasRefused()).isTrue();
    assertGoodEverywhere(stays);
    assertEventsArrive();
  }

  /// Stops the others in a moment in which they do not publish, so that one replica does. To be
  /// resumed by the caller.
  private static void makeRelay(Replica relay, Replica other) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              other.pause();
              double before = relay.metric("rekey_outbox_published_total");
              Thread.sleep(3_000);
              if (relay.metric("rekey_outbox_published_total") > before) {
                return true;
              }
              other.resume();
              return false;
            });
  }

  /// How often the topic says that a token is revoked.
  private long timesPublished(String token) {
    String id = Tokens.claims(token).path("jti").asText();
    return platform.kafka().records(Broker.TOKENS).stream()
        .filter(record -> event(record.value()).getRevoked().getTokenIdsList().contains(id))
        .count();
  }

  private static TokenEvent event(byte[] sealed) {
    try {
      return TokenEvent.parseFrom(SealedTokenEvent.parseFrom(sealed).getEvent());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  /// From either replica to the other.
  private void assertEventsArrive() {
    for (int i = 0; i < 2; i++) {
      String token = login(platform.replica(i));
      assertGoodEverywhere(token);
      logout(platform.replica(i), token);
      awaitRefused(platform.replica(1 - i), token);
    }
  }

  @Test
  void killedDuringAStormOfLoginsNothingThatWasAnsweredIsForgotten() throws Exception {
    LoginStorm storm;
    try (Client client = new Client(platform, HttpClient.Version.HTTP_1_1)) {
      storm = new LoginStorm(client, platform, PASSWORD);
      storm.start();
      for (int round = 0; round < 4; round++) {
        Replica replica = platform.replica(round % 2);
        Thread.sleep(1_500);
        replica.kill9();
        Thread.sleep(1_000);
        startAgain(replica);
      }
      Thread.sleep(1_000);
      storm.stop();
    }
    System.out.println("storm with 4 kills: " + storm);
    assertThat(storm.mistakes()).isEmpty();
    assertThat(storm.failures()).as("one replica was always there").isLessThan(1_000);
    assertThat(storm.ended()).hasSizeGreaterThan(20);
    assertThat(storm.live()).hasSizeGreaterThan(20);
    awaitEmptyOutbox();
    assertKept(storm);
    for (Replica replica : platform.replicas()) {
      replica.kill9();
      startAgain(replica);
    }
    assertKept(storm);
  }

  private void assertKept(LoginStorm storm) {
    for (Replica replica : platform.replicas()) {
      storm.ended().parallelStream().forEach(token -> awaitRefused(replica, token));
      assertThat(storm.live().parallelStream()).allMatch(replica::accepts);
    }
    storm.unanswered().forEach(this::awaitAgreement);
  }

  /// Ended or not, but the same everywhere.
  private void awaitAgreement(String token) {
    if (platform.replica(0).accepts(token) != platform.replica(1).accepts(token)) {
      await()
          .atMost(PATIENCE)
          .until(() -> platform.replica(0).accepts(token) == platform.replica(1).accepts(token));
    }
  }
}
