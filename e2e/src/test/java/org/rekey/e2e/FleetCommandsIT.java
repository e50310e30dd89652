package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.agent.http.ServerTrust;
import org.rekey.agent.simulate.SimulatedFleet;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Installation;

/// The owner of a fleet has it change its keys, by the commands, while it polls and loses its
/// power.
class FleetCommandsIT {
  private static final int FLEET = 40;

  /// Enough for two waves on a slow machine. The fleet ends when all have changed their keys.
  private static final String LIFE = "4m";

  private static final String DEVICES = Integer.toString(FLEET);
  private static final ObjectMapper JSON = new ObjectMapper();
  @TempDir static Path directory;
  private static Installation installation;

  @BeforeAll
  static void start() {
    installation = Installation.start(directory);
  }

  @AfterAll
  static void stop() {
    if (installation != null) {
      installation.close();
    }
  }

  @Test
  void aFleetChangesItsKeysInWavesAndNobodyIsLockedOut() throws Exception {
    Path output = directory.resolve("fleet.json");
    Process fleet =
        installation.startRekey(
            output,
            "agent",
            "simulate",
            "--devices",
            DEVICES,
            "--power-cuts",
            "0.2",
            "--time",
            LIFE,
            "--until-changed",
            "--every",
            "1s",
            "--json");
    try {
      await().atMost(Duration.ofMinutes(2)).until(() -> devices("fleet-*") == FLEET);
      assertThat(devices("fleet-1*")).isEqualTo(11);
      JsonNode changed =
          installation.json(
              "devices",
              "rotate-keys",
              "--query",
              "mac=fleet-*",
              "--wave",
              "50%",
              "--patience",
              "2m");
      assertThat(changed.path("changed").asInt()).isEqualTo(FLEET);
      assertThat(changed.path("waves").asInt()).isEqualTo(2);
      assertThat(changed.path("failed").asInt()).isZero();
      assertThat(fleet.waitFor(1, TimeUnit.MINUTES)).isTrue();
      String text = Files.readString(output);
      // What the agent logs stands before it.
      JsonNode ledger = JSON.readTree(text.substring(text.indexOf('{')));
      assertThat(ledger.path("locked_out").asInt()).as(text).isZero();
      assertThat(ledger.path("impostors").asInt()).as(text).isZero();
      assertThat(ledger.path("keys_changed").asInt()).as(text).isEqualTo(FLEET);
      assertThat(ledger.path("power_cuts").asInt()).as(text).isPositive();
      assertThat(ledger.path("tried_old_keys").path("made").asInt()).as(text).isEqualTo(FLEET);
      assertThat(ledger.path("tried_recorded_offers").path("made").asInt())
          .as(text)
          .isGreaterThanOrEqualTo(FLEET);
      assertThat(fleet.exitValue()).isZero();
    } finally {
      fleet.destroy();
    }
    assertThat(devices("fleet-*", "--skip-changed", "1h")).isZero();
    Command nobodyCame =
        installation.rekey(
            "devices",
            "rotate-keys",
            "--query",
            "mac=fleet-*",
            "--wave",
            DEVICES,
            "--patience",
            "1s");
    assertThat(nobodyCame.exit()).as(nobodyCame.err()).isZero();
    assertThat(nobodyCame.out()).contains("0 of " + FLEET).contains(FLEET + " have not come yet");
  }

  @Test
  void aWaveThatFailsStopsTheRestUntilItsOwnerGoesOn() throws Exception {
    enrol("full-disk", "4");
    List<FullDisk> disks = List.of(new FullDisk(), new FullDisk(), new FullDisk(), new FullDisk());
    SimulatedFleet.Setting setting =
        new SimulatedFleet.Setting(
            installation.gateway(),
            ServerTrust.of(Optional.of(installation.ca())),
            "/api/devices/v1/inventory/device/attributes",
            Duration.ofMillis(300),
            4,
            0);
    // They offer their new keys, and cannot go on.
    try (SimulatedFleet broken =
        new SimulatedFleet(4, "full-disk", setting, disks::get, _ -> Set.of())) {
      Thread life = live(broken);
      await().atMost(Duration.ofMinutes(1)).until(() -> broken.figures().in() == 4);
      // Long enough for both of the wave to come, on a machine with much else to do.
      Command stopped = rotate("--patience", "25s");
      assertThat(stopped.exit()).as(stopped.out() + stopped.err()).isEqualTo(1);
      assertThat(stopped.out())
          .contains("0 of 4 devices have changed their keys; 2 failed")
          .contains("stopped in wave 1 of 2: more than 1 of it failed; 2 orders were taken back")
          .contains("--skip-changed");
      assertThat(broken.lockedOut()).isZero();
      broken.stop();
      life.join();
    }
    assertThat(disks.stream().filter(FullDisk::wasMet)).as("the other wave waits").hasSize(2);

    disks.forEach(FullDisk::mend);
    try (SimulatedFleet mended =
        new SimulatedFleet(4, "full-disk", setting, disks::get, _ -> Set.of())) {
      Thread life = live(mended);
      await().atMost(Duration.ofMinutes(1)).until(() -> mended.figures().in() == 4);
      Command gone = rotate("--patience", "1m", "--skip-changed", "1d");
      assertThat(gone.exit()).as(gone.out() + gone.err()).isZero();
      assertThat(gone.out()).contains("4 of 4 devices have changed their keys");
      mended.stop();
      life.join();
      assertThat(mended.lockedOut()).isZero();
      assertThat(mended.thefts().impostors()).isZero();
    }
  }

  /// Without a change of keys: the fleet comes in, and goes.
  private static void enrol(String seed, String count) {
    Command enrolled =
        installation.rekey(
            "agent",
            "simulate",
            "--devices",
            count,
            "--seed",
            seed,
            "--time",
            "3s",
            "--every",
            "1s");
    assertThat(enrolled.exit()).as(enrolled.out() + enrolled.err()).isZero();
  }

  private static Command rotate(String... more) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "devices",
                "rotate-keys",
                "--query",
                "mac=full-disk-*",
                "--wave",
                "50%",
                "--halt-above",
                "1"));
    line.addAll(List.of(more));
    return installation.rekey(line.toArray(String[]::new));
  }

  private static Thread live(SimulatedFleet fleet) {
    return Thread.startVirtualThread(
        () -> {
          try {
            fleet.live(Duration.ofMinutes(4));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private static int devices(String mac, String... more) {
    List<String> line =
        new ArrayList<>(List.of("devices", "rotate-keys", "--dry-run", "--query", "mac=" + mac));
    line.addAll(List.of(more));
    return installation.json(line.toArray(String[]::new)).path("devices").asInt();
  }
}
