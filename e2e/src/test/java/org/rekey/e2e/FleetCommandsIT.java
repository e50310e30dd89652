package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Installation;

/// The owner of a fleet has it change its keys, by the commands, while it polls and loses its
/// power.
class FleetCommandsIT {
  private static final int FLEET = 40;

  /// Enough for two waves on a slow machine: a fleet that is gone changes nothing.
  private static final String LIFE = "150s";

  private static final String DEVICES = Integer.toString(FLEET);
  private static final ObjectMapper JSON = new ObjectMapper();
  @TempDir static Path directory;

  @Test
  void aFleetChangesItsKeysInWavesAndNobodyIsLockedOut() throws Exception {
    try (Installation installation = Installation.start(directory)) {
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
              "--every",
              "1s",
              "--json");
      try {
        await().atMost(Duration.ofMinutes(2)).until(() -> devices(installation) == FLEET);
        assertThat(
                installation
                    .json("devices", "rotate-keys", "--query", "mac=fleet-1*", "--dry-run")
                    .path("devices")
                    .asInt())
            .isEqualTo(11);
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
        assertThat(fleet.waitFor(3, TimeUnit.MINUTES)).isTrue();
        String text = Files.readString(output);
        // What the agent logs stands before it.
        JsonNode ledger = JSON.readTree(text.substring(text.indexOf('{')));
        assertThat(ledger.path("locked_out").asInt()).as(text).isZero();
        assertThat(ledger.path("impostors").asInt()).as(text).isZero();
        assertThat(ledger.path("keys_changed").asInt()).as(text).isEqualTo(FLEET);
        assertThat(ledger.path("power_cuts").asInt()).as(text).isPositive();
        assertThat(fleet.exitValue()).isZero();
      } finally {
        fleet.destroy();
      }
      Command nobodyCame =
          installation.rekey("devices", "rotate-keys", "--wave", "10", "--patience", "1s");
      assertThat(nobodyCame.exit()).as(nobodyCame.err()).isZero();
      assertThat(nobodyCame.out()).contains("0 of " + FLEET).contains(FLEET + " have not come yet");
    }
  }

  private static int devices(Installation installation) {
    return installation.json("devices", "rotate-keys", "--dry-run").path("devices").asInt();
  }
}
