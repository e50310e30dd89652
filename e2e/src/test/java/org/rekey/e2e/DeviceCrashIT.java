package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.DeviceReplica;
import org.rekey.e2e.platform.Platform;
import org.rekey.proto.deviceauth.v1.DeviceEvent;
import org.rekey.proto.deviceauth.v1.DeviceStatus;
import org.rekey.proto.deviceauth.v1.SetAuthSetStatusRequest;
import org.rekey.testkit.PostgresExtension;

/// kill -9 of deviceauth-svc at the worst moments: no rejection is lost, no device is left outside.
///
/// What the registry said is believed for ten minutes here, so that nothing but an event can make a
/// replica change its mind.
class DeviceCrashIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /// Between two turns of a device: a replica must be able to start beside them in seconds.
  private static final long BREATH_NANOS = 50_000_000;

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static Platform platform;
  private static Client client;
  private static DeviceOwner owner;
  private static OutboxTable outbox;

  @BeforeAll
  static void start() {
    platform =
        Platform.builder(directory, POSTGRES)
            .deviceauthReplicas(2)
            .deviceauthSetting("DEVICEAUTH_REGISTRY_TTL", "10m")
            .start();
    client = new Client(platform, HttpClient.Version.HTTP_1_1);
    owner = DeviceOwner.of(platform, client);
    outbox = new OutboxTable(platform, "deviceauth");
  }

  @AfterAll
  static void stop() {
    if (platform != null) {
      client.close();
      platform.close();
    }
  }

  private static void assertGoodEverywhere(String token) {
    assertThat(platform.deviceReplicas()).allMatch(replica -> replica.accepts(token));
  }

  private static void awaitRefused(DeviceReplica replica, String token) {
    if (replica.verify(token).hasRefused()) {
      return;
    }
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> replica.verify(token).hasRefused());
  }

  private static void startAgain(DeviceReplica replica) {
    replica.start();
    replica.awaitReady();
  }

  private static void reject(DeviceReplica replica, DeviceMember member) {
    var answer =
        replica
            .devices()
            .setAuthSetStatus(
                SetAuthSetStatusRequest.newBuilder()
                    .setDeviceId(member.id())
                    .setAuthSetId(member.authSetId())
                    .setStatus(DeviceStatus.DEVICE_STATUS_REJECTED)
                    .build());
    assertThat(answer.hasAuthSet()).as(answer.toString()).isTrue();
  }

  @Test
  void killedBetweenCommitAndEventASurvivorPublishesIt() {
    DeviceTopic topic = new DeviceTopic(platform);
    for (int round = 0; round < 2; round++) {
      DeviceReplica killed = platform.deviceReplica(round);
      DeviceReplica survivor = platform.deviceReplica(1 - round);
      DeviceMember rejected = owner.preauthorize(DeviceStandIn.fresh());
      String token = rejected.token(killed);
      String stays = owner.preauthorize(DeviceStandIn.fresh()).token(survivor);
      assertGoodEverywhere(token);
      assertGoodEverywhere(stays);

      platform.kafka().pause();
      reject(killed, rejected);
      killed.kill9();
      assertThat(outbox.size()).as("committed, not published").isPositive();
      assertThat(survivor.accepts(token)).as("it has not heard of it yet").isTrue();
      platform.kafka().resume();

      awaitRefused(survivor, token);
      await().atMost(PATIENCE).until(() -> outbox.size() == 0);
      assertThat(topic.types(rejected.id())).contains(DeviceEvent.Type.TYPE_REJECTED);
      startAgain(killed);
      assertThat(killed.verify(token).hasRefused()).isTrue();
      assertGoodEverywhere(stays);
    }
  }

  /// What a device was given is good as long as nobody ends it, and what was ended stays so.
  @Test
  void killedWhileDevicesComeAndGoNothingThatWasAnsweredIsForgotten() throws Exception {
    List<DeviceMember> members = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      members.add(owner.preauthorize(DeviceStandIn.fresh()));
    }
    Queue<String> ended = new ConcurrentLinkedQueue<>();
    Queue<String> mistakes = new ConcurrentLinkedQueue<>();
    AtomicInteger unanswered = new AtomicInteger();
    AtomicBoolean isOver = new AtomicBoolean();
    List<Thread> threads = new ArrayList<>();
    for (DeviceMember member : members) {
      threads.add(
          Thread.startVirtualThread(
              () -> {
                while (!isOver.get()) {
                  oneTurn(member, ended, mistakes, unanswered);
                  LockSupport.parkNanos(BREATH_NANOS);
                }
              }));
    }
    for (int round = 0; round < 4; round++) {
      DeviceReplica replica = platform.deviceReplica(round % 2);
      Thread.sleep(1_000);
      replica.kill9();
      Thread.sleep(500);
      startAgain(replica);
    }
    isOver.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    System.out.printf(
        "devices with 4 kills of deviceauth-svc: %d tokens ended, %d calls that nobody answered%n",
        ended.size(), unanswered.get());
    assertThat(mistakes).isEmpty();
    assertThat(ended).hasSizeGreaterThan(20);
    for (DeviceReplica replica : platform.deviceReplicas()) {
      ended.parallelStream().forEach(token -> awaitRefused(replica, token));
    }
    for (DeviceMember member : members) {
      assertGoodEverywhere(member.token(client));
    }
    await().atMost(PATIENCE).until(() -> outbox.size() == 0);
  }

  private static void oneTurn(
      DeviceMember member, Queue<String> ended, Queue<String> mistakes, AtomicInteger unanswered) {
    try {
      var answer = client.send(member.device().request(client));
      if (answer.statusCode() != 200) {
        count(answer.statusCode(), "auth request", mistakes, unanswered);
        return;
      }
      String token = answer.body();
      int used = client.send(client.authorized("/api/devices/v1/x", token)).statusCode();
      if (used != 200) {
        count(used, "use", mistakes, unanswered);
      }
      owner.revoke(Tokens.claims(token).path("jti").asText());
      ended.add(token);
    } catch (java.io.UncheckedIOException | IllegalStateException e) {
      unanswered.incrementAndGet();
    }
  }

  /// A replica that is away is no mistake; a good token or key that is called bad is.
  private static void count(
      int status, String what, Queue<String> mistakes, AtomicInteger unanswered) {
    if (status == 503) {
      unanswered.incrementAndGet();
    } else {
      mistakes.add(what + ": " + status);
    }
  }
}
