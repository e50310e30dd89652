package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.DeviceReplica;
import org.rekey.e2e.platform.Platform;
import org.rekey.proto.auth.v1.Accepted;
import org.rekey.proto.auth.v1.Refused;
import org.rekey.proto.auth.v1.VerifyResponse;
import org.rekey.proto.deviceauth.v1.DeviceEvent;
import org.rekey.testkit.PostgresExtension;

/// Two replicas of deviceauth-svc behind one gateway: a token of one is good on both, and what an
/// owner ends, both refuse, soon while Kafka carries the word, and within the time to live when it
/// doesn't.
class DeviceReplicasIT {
  private static final Duration TTL = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String POLL = "/api/devices/v1/deployments/device/deployments/next";
  private static final int ROUNDS = 6;
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static Platform platform;
  private static Client client;
  private static DeviceOwner owner;

  @BeforeAll
  static void start() {
    platform =
        Platform.builder(directory, POSTGRES)
            .deviceauthReplicas(2)
            .deviceauthSetting("DEVICEAUTH_REGISTRY_TTL", TTL.toSeconds() + "s")
            .start();
    client = new Client(platform, HttpClient.Version.HTTP_1_1);
    owner = DeviceOwner.of(platform, client);
  }

  @AfterAll
  static void stop() {
    if (platform != null) {
      client.close();
      platform.close();
    }
  }

  private static DeviceMember newMember() {
    return owner.preauthorize(DeviceStandIn.fresh());
  }

  /// More than once, so that both have it in memory.
  private static void assertGoodEverywhere(String token) {
    for (int i = 0; i < 3; i++) {
      for (DeviceReplica replica : platform.deviceReplicas()) {
        VerifyResponse verdict = replica.verify(token);
        assertThat(verdict.hasAccepted()).as(verdict.toString()).isTrue();
        assertThat(verdict.getAccepted().getKind()).isEqualTo(Accepted.Kind.KIND_DEVICE);
      }
    }
  }

  /// Returns when the last replica has refused it.
  private static void awaitRefusedEverywhere(String token, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    for (DeviceReplica replica : platform.deviceReplicas()) {
      VerifyResponse verdict = replica.verify(token);
      while (!verdict.hasRefused()) {
        assertThat(System.nanoTime()).as("still accepted after " + limit).isLessThan(end);
        verdict = replica.verify(token);
      }
      assertThat(verdict.getRefused().getReason()).isEqualTo(Refused.Reason.REASON_NOT_LIVE);
    }
  }

  private static HttpResponse<String> poll(String token) {
    return client.send(client.authorized(POLL, token));
  }

  @Test
  void aTokenOfOneReplicaIsGoodOnBothAndAtTheGateway() {
    DeviceMember member = newMember();
    for (DeviceReplica replica : platform.deviceReplicas()) {
      String token = member.token(replica);
      assertGoodEverywhere(token);
      assertThat(poll(token).statusCode()).isEqualTo(200);
      assertThat(Tokens.claims(token).path("sub").asText()).isEqualTo(member.id());
    }
  }

  @Test
  void twoRequestsOfOneMomentAtBothReplicasMakeOneDevice() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      DeviceStandIn device = DeviceStandIn.fresh();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        DeviceReplica replica = platform.deviceReplica(i % 2);
        threads.add(
            Thread.startVirtualThread(
                () -> assertThat(DeviceMember.ask(replica, device).hasNotAuthorized()).isTrue()));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(owner.device(device.mac()).path("auth_sets")).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatEndsATokenAtTheGatewayIsHeardByBothReplicasWithinMilliseconds(DeviceEnding ending) {
    Millis times = new Millis();
    for (int round = 0; round < ROUNDS; round++) {
      DeviceMember member = newMember();
      String token = member.token(client);
      assertGoodEverywhere(token);
      ending.happen(owner, client, member, token);
      long answered = System.nanoTime();
      awaitRefusedEverywhere(token, Duration.ofSeconds(30));
      times.addSince(answered);
      HttpResponse<String> refused = poll(token);
      assertThat(refused.statusCode()).isEqualTo(401);
      assertThat(refused.body()).isEmpty();
    }
    System.out.println(
        "device token " + ending + ", refused by the last of 2 replicas, " + times.told());
    assertThat(times.max()).isLessThan(5_000);
  }

  @Test
  void withKafkaAwayEveryEndingIsObeyedByBothReplicasWithinTheTimeToLive() {
    Map<DeviceEnding, DeviceMember> members = new EnumMap<>(DeviceEnding.class);
    Map<DeviceEnding, String> tokens = new EnumMap<>(DeviceEnding.class);
    for (DeviceEnding ending : DeviceEnding.values()) {
      DeviceMember member = newMember();
      String token = member.token(client);
      assertGoodEverywhere(token);
      members.put(ending, member);
      tokens.put(ending, token);
    }
    Millis times = new Millis();
    platform.kafka().kill();
    try {
      members.forEach(
          (ending, member) -> {
            String token = Objects.requireNonNull(tokens.get(ending));
            assertGoodEverywhere(token);
            ending.happen(owner, client, member, token);
            long answered = System.nanoTime();
            awaitRefusedEverywhere(token, Duration.ofSeconds(30));
            times.addSince(answered);
          });
    } finally {
      platform.kafka().startAgain();
    }
    System.out.println(
        "device tokens ended without Kafka, time to live "
            + TTL.toSeconds()
            + " s, "
            + times.told());
    assertThat(times.max()).isLessThan(1_000.0 * (TTL.toSeconds() + 4));
    awaitHeard();
  }

  /// Until an event gets from one replica to the other again.
  private static void awaitHeard() {
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              DeviceMember member = newMember();
              String token = member.token(client);
              assertGoodEverywhere(token);
              DeviceEnding.REJECTED.happen(owner, client, member, token);
              awaitRefusedEverywhere(token, Duration.ofSeconds(1));
              return true;
            });
  }

  @Test
  void theEventsOfEachDeviceArriveInTheirOrder() throws Exception {
    DeviceTopic topic = new DeviceTopic(platform);
    List<DeviceMember> members = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      DeviceMember member = newMember();
      members.add(member);
      threads.add(Thread.startVirtualThread(() -> live(member, topic)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    for (DeviceMember member : members) {
      await()
          .atMost(PATIENCE)
          .until(() -> topic.types(member.id()).contains(DeviceEvent.Type.TYPE_DECOMMISSIONED));
      assertThat(topic.types(member.id()))
          .containsExactly(
              DeviceEvent.Type.TYPE_PREAUTHORIZED,
              DeviceEvent.Type.TYPE_ACCEPTED,
              DeviceEvent.Type.TYPE_FIRST_AUTHENTICATED,
              DeviceEvent.Type.TYPE_REJECTED,
              DeviceEvent.Type.TYPE_PENDING,
              DeviceEvent.Type.TYPE_ACCEPTED,
              DeviceEvent.Type.TYPE_AUTH_SET_DELETED,
              DeviceEvent.Type.TYPE_DECOMMISSIONED);
      assertThat(topic.of(member.id()))
          .allSatisfy(
              event -> assertThat(event.getIdentityData()).isEqualTo(member.device().identity()));
    }
  }

  /// Everything that can happen to a device.
  private static void live(DeviceMember member, DeviceTopic topic) {
    assertThat(poll(member.token(client)).statusCode()).isEqualTo(200);
    await()
        .atMost(PATIENCE)
        .until(() -> topic.types(member.id()).contains(DeviceEvent.Type.TYPE_FIRST_AUTHENTICATED));
    for (String status : List.of("rejected", "pending", "accepted")) {
      owner.set(member.id(), member.authSetId(), status);
    }
    owner.deleteAuthSet(member.id(), member.authSetId());
    owner.decommission(member.id());
  }
}
