package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.agent.Agent;
import org.rekey.agent.AgentFailure;
import org.rekey.agent.auth.Answer;
import org.rekey.agent.auth.Authorizer;
import org.rekey.agent.auth.DeviceIdentity;
import org.rekey.agent.auth.Member;
import org.rekey.agent.auth.RotationStep;
import org.rekey.agent.http.ServerTrust;
import org.rekey.agent.key.AgentKey;
import org.rekey.agent.key.KeyFiles;
import org.rekey.agent.key.KeyPlace;
import org.rekey.agent.key.KeyType;
import org.rekey.agent.simulate.FleetFigures;
import org.rekey.agent.simulate.Impostor;
import org.rekey.agent.simulate.SimulatedDevice;
import org.rekey.agent.simulate.SimulatedFleet;
import org.rekey.agent.simulate.Thefts;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.proto.deviceauth.v1.CancelKeyRotationsRequest;
import org.rekey.proto.deviceauth.v1.KeyRotation;
import org.rekey.proto.deviceauth.v1.ListKeyRotationsRequest;
import org.rekey.proto.deviceauth.v1.OrderKeyRotationsRequest;
import org.rekey.proto.deviceauth.v1.OrderOutcome;
import org.rekey.proto.deviceauth.v1.PreauthorizeDeviceRequest;
import org.rekey.testkit.PostgresExtension;
import org.slf4j.LoggerFactory;

/// Devices change their keys, by the agent's own classes with real files, TLS and services, and
/// lose their power wherever they can.
class DeviceKeyRotationIT {
  private static final int FLEET = 300;
  private static final java.time.Duration PATIENCE = java.time.Duration.ofMinutes(2);
  private static final String ATTRIBUTES = "/api/devices/v1/inventory/device/attributes";

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static Platform platform;
  private static Client client;
  private static DeviceOwner owner;

  @BeforeAll
  static void start() {
    platform = Platform.start(directory, POSTGRES);
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

  private static void order(List<String> ids) {
    for (int from = 0; from < ids.size(); from += 100) {
      List<String> some = ids.subList(from, Math.min(ids.size(), from + 100));
      assertThat(
              platform
                  .devices()
                  .orderKeyRotations(
                      OrderKeyRotationsRequest.newBuilder()
                          .addAllDeviceIds(some)
                          .setValidFor(Duration.newBuilder().setSeconds(3600))
                          .setEndTokens(true)
                          .build())
                  .getOutcomesList())
          .containsOnly(OrderOutcome.ORDER_OUTCOME_ORDERED);
    }
  }

  private static long done(List<String> ids) {
    return platform
        .devices()
        .listKeyRotations(ListKeyRotationsRequest.newBuilder().addAllDeviceIds(ids).build())
        .getRotationsList()
        .stream()
        .filter(rotation -> rotation.getState() == KeyRotation.State.STATE_DONE)
        .count();
  }

  private static KeyPlace files(int number) {
    try {
      Path home = Files.createDirectories(directory.resolve("fleet/" + number));
      return KeyFiles.ours(home.resolve("mender-agent.pem"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Each step is the last one for some before they start again, and some are cut at all of them.
  private static Set<RotationStep> cutAt(int number) {
    RotationStep[] steps = RotationStep.values();
    int which = number % (steps.length + 1);
    return which == steps.length ? EnumSet.allOf(RotationStep.class) : EnumSet.of(steps[which]);
  }

  private static SimulatedFleet fleet() {
    return new SimulatedFleet(
        FLEET, "rotation", setting(0.1), DeviceKeyRotationIT::files, DeviceKeyRotationIT::cutAt);
  }

  private static SimulatedFleet.Setting setting(double cuts) {
    return new SimulatedFleet.Setting(
        platform.gatewayUrl(),
        ServerTrust.of(Optional.of(platform.caCertificate())),
        ATTRIBUTES,
        java.time.Duration.ofSeconds(1),
        32,
        cuts);
  }

  private static String preauthorize(SimulatedDevice device) {
    return platform
        .devices()
        .preauthorizeDevice(
            PreauthorizeDeviceRequest.newBuilder()
                .setIdentityData(device.identity())
                .setPublicKey(device.keys().current().map(AgentKey::publicPem).orElseThrow())
                .build())
        .getDevice()
        .getId();
  }

  @Test
  void nobodyIsLockedOutAndNobodyElseGetsInWhereverAFleetLosesItsPower() throws Exception {
    try (SimulatedFleet fleet = fleet()) {
      List<String> ids = fleet.devices().stream().map(DeviceKeyRotationIT::preauthorize).toList();
      List<AgentKey> first =
          fleet.devices().stream().map(each -> each.keys().current().orElseThrow()).toList();
      FleetFigures figures = fleet.figures();
      Thread life =
          Thread.startVirtualThread(
              () -> {
                try {
                  fleet.live(PATIENCE.multipliedBy(3));
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      await().atMost(PATIENCE).until(() -> figures.in() == FLEET);
      order(ids);
      await().atMost(PATIENCE).until(() -> done(ids) == FLEET);
      fleet.stop();
      life.join();

      assertThat(impostors(fleet, first)).as("impostors let in").isZero();
      Thefts thefts = fleet.thefts();
      assertThat(thefts.impostors()).as(thefts.toString()).isZero();
      assertThat(thefts.oldKeys().made()).isEqualTo(FLEET);
      assertThat(thefts.newKeys().made()).isPositive();
      assertThat(thefts.recorded().made()).isGreaterThanOrEqualTo(FLEET);
      assertThat(fleet.lockedOut()).as("locked out").isZero();
      for (RotationStep step : RotationStep.values()) {
        assertThat(figures.cutsAt(step)).as("power cuts at " + step).isPositive();
      }
      for (int i = 0; i < FLEET; i++) {
        assertThat(fleet.devices().get(i).keys().successor()).isEmpty();
        assertThat(fleet.devices().get(i).keys().current()).isNotEqualTo(first.get(i));
      }
      System.out.printf(
          "%d devices changed their keys with %d power cuts under %d polls: 0 locked out, 0 of %d"
              + " old keys got in%n",
          FLEET, figures.powerCuts(), figures.polls(), first.size());
    }
  }

  private static long impostors(SimulatedFleet fleet, List<AgentKey> old) {
    Impostor impostor = new Impostor(platform.gatewayUrl(), fleet.calls());
    long in = 0;
    for (int i = 0; i < FLEET; i++) {
      String identity = fleet.devices().get(i).identity();
      in += impostor.getsIn(identity, old.get(i)) ? 1 : 0;
      if (i % 10 == 0) {
        in += impostor.getsIn(identity, AgentKey.generate(KeyType.ED25519)) ? 1 : 0;
      }
    }
    return in;
  }

  @Test
  void aKeyThatIsLeftFromAnOrderThatWasTakenBackDoesNotStandInTheWayOfTheNext() throws Exception {
    FullDisk keys = new FullDisk();
    try (SimulatedFleet fleet =
        new SimulatedFleet(1, "left-over", setting(0), _ -> keys, _ -> Set.of())) {
      SimulatedDevice device = fleet.devices().getFirst();
      AgentKey first = keys.current().orElseThrow();
      List<String> id = List.of(preauthorize(device));
      assertThat(device.getsIn()).isTrue();
      order(id);
      assertThatThrownBy(device::getsIn).isInstanceOf(AgentFailure.class);
      assertThat(
              platform
                  .devices()
                  .cancelKeyRotations(
                      CancelKeyRotationsRequest.newBuilder().addAllDeviceIds(id).build())
                  .getCancelled())
          .isEqualTo(1);
      order(id);
      keys.mend();
      Authorizer authorizer =
          new Authorizer(
              List.of(platform.gatewayUrl()),
              () -> new Member(new DeviceIdentity(device.identity())),
              keys,
              KeyType.ED25519,
              fleet.calls(),
              _ -> {},
              LoggerFactory.getLogger(DeviceKeyRotationIT.class));

      assertThat(authorizer.ask())
          .as("the key of the order before is refused, and another comes soon")
          .isInstanceOfSatisfying(
              Answer.Issued.class, issued -> assertThat(issued.isUnfinished()).isTrue());
      assertThat(authorizer.ask())
          .isInstanceOfSatisfying(
              Answer.Issued.class, issued -> assertThat(issued.isUnfinished()).isFalse());
      assertThat(done(id)).isEqualTo(1);
      assertThat(keys.current()).isPresent().isNotEqualTo(Optional.of(first));
      assertThat(device.getsIn()).isTrue();
    }
  }

  @Test
  void programsOfADeviceSeeNothingOfTheChange() throws Exception {
    String mac = UUID.randomUUID().toString();
    AgentSite site =
        AgentSite.in(directory.resolve(mac), platform.gatewayUrl(), platform.caCertificate(), mac);
    try (Agent agent = site.agent()) {
      assertThat(agent.askOnce()).isInstanceOf(Answer.Refused.class);
    }
    owner.set(owner.device(mac), "accepted");
    String id = owner.device(mac).path("id").asText();
    String before = Files.readString(site.key());
    AtomicBoolean isOver = new AtomicBoolean();
    AtomicInteger calls = new AtomicInteger();
    List<Integer> others = new ArrayList<>();
    try (Agent agent = site.agent();
        HttpClient program = HttpClient.newHttpClient()) {
      agent.start();
      Thread polls =
          Thread.startVirtualThread(
              () -> {
                while (!isOver.get()) {
                  int status = poll(program, agent.proxyUrl());
                  calls.incrementAndGet();
                  if (status != 200) {
                    others.add(status);
                  }
                }
              });
      await().atMost(PATIENCE).until(() -> calls.get() > 20);
      order(List.of(id));
      await().atMost(PATIENCE).until(() -> done(List.of(id)) == 1);
      int sofar = calls.get();
      await().atMost(PATIENCE).until(() -> calls.get() > sofar + 20);
      isOver.set(true);
      polls.join();
    }
    assertThat(others).as("answers other than 200, of " + calls.get()).isEmpty();
    assertThat(Files.readString(site.key())).isNotEqualTo(before);
    assertThat(owner.device(mac).path("auth_sets"))
        .extracting(each -> each.path("status").asText())
        .containsExactlyInAnyOrder("rejected", "accepted");
    try (Agent agent = site.agent()) {
      assertThat(agent.askOnce()).isInstanceOf(Answer.Issued.class);
    }
  }

  private static int poll(HttpClient program, String proxy) {
    try {
      return program
          .send(
              HttpRequest.newBuilder(URI.create(proxy + ATTRIBUTES))
                  .timeout(java.time.Duration.ofSeconds(30))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }
}
