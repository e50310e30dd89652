package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.e2e.platform.Replica;
import org.rekey.proto.auth.v1.Accepted;
import org.rekey.proto.auth.v1.Refused;
import org.rekey.proto.auth.v1.VerifyResponse;
import org.rekey.proto.useradm.v1.CreateTokenRequest;
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.DeleteUserRequest;
import org.rekey.proto.useradm.v1.RevokeAllTokensRequest;
import org.rekey.proto.useradm.v1.RevokeTokenRequest;
import org.rekey.proto.useradm.v1.SetPasswordRequest;
import org.rekey.testkit.PostgresExtension;

/// Two replicas of useradm-svc behind one gateway: what one of them ends, the other refuses, soon
/// while Kafka carries the word, and within the time to live when it doesn't.
class TwoReplicasIT {
  private static final Duration TTL = Duration.ofSeconds(3);
  private static final String PASSWORD = "correct horse";
  private static final int ROUNDS = 40;
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static Platform platform;
  private static Client client;

  @BeforeAll
  static void start() {
    platform =
        Platform.builder(directory, POSTGRES)
            .useradmReplicas(2)
            .useradmSetting("USERADM_REGISTRY_TTL", TTL.toSeconds() + "s")
            .start();
    client = new Client(platform, HttpClient.Version.HTTP_1_1);
  }

  @AfterAll
  static void stop() {
    if (platform != null) {
      client.close();
      platform.close();
    }
  }

  private static Replica one() {
    return platform.replica(0);
  }

  private static Replica other() {
    return platform.replica(1);
  }

  /// Returns the id.
  private static String user(String email) {
    return one()
        .users()
        .createUser(CreateUserRequest.newBuilder().setEmail(email).setPassword(PASSWORD).build())
        .getUser()
        .getId();
  }

  /// More than once, so that both have it in memory.
  private static void assertGoodEverywhere(String token) {
    for (int i = 0; i < 3; i++) {
      for (Replica replica : platform.replicas()) {
        assertThat(replica.verify(token).hasAccepted())
            .as(replica.verify(token).toString())
            .isTrue();
      }
    }
  }

  /// Returns when the last replica has refused it.
  private static void awaitRefusedEverywhere(String token, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    for (Replica replica : platform.replicas()) {
      VerifyResponse verdict = replica.verify(token);
      while (!verdict.hasRefused()) {
        assertThat(System.nanoTime()).as("still accepted after " + limit).isLessThan(end);
        verdict = replica.verify(token);
      }
      assertThat(verdict.getRefused().getReason()).isEqualTo(Refused.Reason.REASON_NOT_LIVE);
    }
  }

  @Test
  void aLogoutAtTheGatewayIsHeardByBothReplicasWithinMilliseconds() {
    user("logout@example.com");
    Millis times = new Millis();
    double misses = 0;
    for (int round = 0; round < ROUNDS; round++) {
      String token = client.login("logout@example.com", PASSWORD);
      assertGoodEverywhere(token);
      misses = lookups("miss");
      assertGoodEverywhere(token);
      assertThat(lookups("miss")).as("both answer from memory").isEqualTo(misses);
      assertThat(client.logout(token)).isEqualTo(202);
      long answered = System.nanoTime();
      awaitRefusedEverywhere(token, Duration.ofSeconds(30));
      times.addSince(answered);
      assertThat(client.statusWith(token)).isEqualTo(401);
    }
    System.out.println("revocation at the last of 2 replicas, " + times.told());
    assertThat(times.max()).isLessThan(5_000);
  }

  private static double lookups(String outcome) {
    return platform.replicas().stream()
        .flatMap(replica -> replica.metrics().lines())
        .filter(line -> line.startsWith("rekey_registry_lookups_total{outcome=\"" + outcome))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void withKafkaAwayALogoutIsObeyedByBothReplicasWithinTheTimeToLive() {
    List<String> tokens = new ArrayList<>();
    user("nokafka@example.com");
    for (int i = 0; i < 6; i++) {
      tokens.add(client.login("nokafka@example.com", PASSWORD));
      assertGoodEverywhere(tokens.getLast());
    }
    Millis times = new Millis();
    platform.kafka().kill();
    try {
      for (String token : tokens) {
        assertGoodEverywhere(token);
        assertThat(client.logout(token)).isEqualTo(202);
        long answered = System.nanoTime();
        awaitRefusedEverywhere(token, Duration.ofSeconds(30));
        times.addSince(answered);
      }
    } finally {
      platform.kafka().startAgain();
    }
    System.out.println(
        "revocation without Kafka, time to live " + TTL.toSeconds() + " s, " + times.told());
    assertThat(times.max()).isLessThan(1_000.0 * (TTL.toSeconds() + 4));
    awaitHeard();
  }

  /// Until an event gets from one replica to the other again.
  private static void awaitHeard() {
    user("again@example.com");
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(
            () -> {
              String token = client.login("again@example.com", PASSWORD);
              assertGoodEverywhere(token);
              client.logout(token);
              awaitRefusedEverywhere(token, Duration.ofSeconds(1));
              return true;
            });
  }

  @Test
  void aNewPasswordEndsSessionsEverywhereAndLeavesPersonalAccessTokensUnlessAsked() {
    String id = user("password@example.com");
    String session = client.login("password@example.com", PASSWORD);
    String personal = personalToken(other(), id, "ci");
    assertGoodEverywhere(session);
    assertGoodEverywhere(personal);

    setPassword(one(), "password@example.com", "correct horse 2", false);
    awaitRefusedEverywhere(session, Duration.ofSeconds(30));
    assertGoodEverywhere(personal);
    assertThat(client.tryLogin("password@example.com", PASSWORD).statusCode()).isEqualTo(401);
    String next = client.login("password@example.com", "correct horse 2");

    setPassword(other(), "password@example.com", "correct horse 3", true);
    awaitRefusedEverywhere(next, Duration.ofSeconds(30));
    awaitRefusedEverywhere(personal, Duration.ofSeconds(30));
  }

  private static void setPassword(
      Replica replica, String email, String password, boolean isRevokingTokens) {
    var answer =
        replica
            .users()
            .setPassword(
                SetPasswordRequest.newBuilder()
                    .setEmail(email)
                    .setPassword(password)
                    .setRevokePersonalAccessTokens(isRevokingTokens)
                    .build());
    assertThat(answer.hasUser()).as(answer.toString()).isTrue();
  }

  private static String personalToken(Replica replica, String userId, String name) {
    var answer =
        replica
            .tokens()
            .createToken(CreateTokenRequest.newBuilder().setUserId(userId).setName(name).build());
    assertThat(answer.hasIssued()).as(answer.getRefused().getProblem()).isTrue();
    return answer.getIssued().getToken();
  }

  @Test
  void aDeletedUsersTokensAreRefusedEverywhere() {
    String id = user("deleted@example.com");
    String session = client.login("deleted@example.com", PASSWORD);
    String personal = personalToken(one(), id, "ci");
    assertGoodEverywhere(session);
    assertGoodEverywhere(personal);
    other().users().deleteUser(DeleteUserRequest.newBuilder().setId(id).build());
    awaitRefusedEverywhere(session, Duration.ofSeconds(30));
    awaitRefusedEverywhere(personal, Duration.ofSeconds(30));
    assertThat(client.tryLogin("deleted@example.com", PASSWORD).statusCode()).isEqualTo(401);
  }

  @Test
  void theEleventhLoginEndsTheOldestSessionEverywhere() {
    user("eleven@example.com");
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      tokens.add(client.login("eleven@example.com", PASSWORD));
    }
    tokens.forEach(TwoReplicasIT::assertGoodEverywhere);
    String eleventh = client.login("eleven@example.com", PASSWORD);
    awaitRefusedEverywhere(tokens.removeFirst(), Duration.ofSeconds(30));
    tokens.forEach(TwoReplicasIT::assertGoodEverywhere);
    assertGoodEverywhere(eleventh);
  }

  @Test
  void aRevokedPersonalAccessTokenIsRefusedEverywhere() {
    String id = user("personal@example.com");
    String revoked = personalToken(one(), id, "a");
    String stays = personalToken(other(), id, "b");
    assertGoodEverywhere(revoked);
    assertGoodEverywhere(stays);
    assertThat(one().verify(revoked).getAccepted().getKind())
        .isEqualTo(Accepted.Kind.KIND_PERSONAL_ACCESS_TOKEN);
    other()
        .tokens()
        .revokeToken(
            RevokeTokenRequest.newBuilder()
                .setUserId(id)
                .setTokenId(Tokens.claims(revoked).path("jti").asText())
                .build());
    awaitRefusedEverywhere(revoked, Duration.ofSeconds(30));
    assertGoodEverywhere(stays);
    String session = client.login("personal@example.com", PASSWORD);
    assertGoodEverywhere(session);
    long ended =
        one()
            .tokens()
            .revokeAllTokens(RevokeAllTokensRequest.newBuilder().setUserId(id).build())
            .getRevoked();
    assertThat(ended).isEqualTo(2);
    awaitRefusedEverywhere(stays, Duration.ofSeconds(30));
    awaitRefusedEverywhere(session, Duration.ofSeconds(30));
  }

  @Test
  void aTokenThatWasNeverIssuedIsRefusedEverywhereThoughItsSignatureIsGood() {
    String id = user("never@example.com");
    Path key = platform.keyDirectory("useradm").resolve("private.pem");
    String claims = Tokens.userClaims(UUID.randomUUID().toString(), id, Instant.now());
    for (String token :
        List.of(
            Tokens.signed(key, claims, 0L, false),
            Tokens.signed(key, claims, 0L, true),
            Tokens.signed(key, claims, null, false))) {
      for (Replica replica : platform.replicas()) {
        assertThat(replica.verify(token).getRefused().getReason())
            .isEqualTo(Refused.Reason.REASON_NOT_LIVE);
      }
      assertThat(client.statusWith(token)).isEqualTo(401);
      assertThat(client.logout(token)).isEqualTo(401);
    }
  }
}
