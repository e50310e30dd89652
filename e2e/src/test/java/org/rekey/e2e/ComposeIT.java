package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Script;

/// The images and the compose stack, as deploy/README.md has them: made, tried and taken down by
/// the scripts that an operator would use. Twelve containers want the machine for themselves, so
/// e2e/pom.xml runs this after all others.
@Tag("alone")
class ComposeIT {
  private static final String TAG = "it-" + ProcessHandle.current().pid();
  private static final List<String> IMAGES =
      List.of("base", "programs", "rekey", "kafka", "postgres");

  @BeforeAll
  static void makeTheImages() {
    Assumptions.assumeTrue(isWanted(), "REKEY_COMPOSE=false: the compose stack is not tried");
    Assumptions.assumeTrue(
        canRun(),
        "no Docker engine answers, or neither docker-compose nor Compose v2 is installed: the"
            + " compose stack is not tried");
    Command images = Script.run(Map.of("REKEY_TAG", TAG), Duration.ofMinutes(5), "deploy/images");
    assertThat(images.exit()).as("%s%s", images.out(), images.err()).isZero();
  }

  @AfterAll
  static void removeTheImages() {
    if (isWanted() && canRun()) {
      IMAGES.forEach(image -> answers("docker", "image", "rm", "rekey/" + image + ":" + TAG));
    }
  }

  @Test
  void standsKillsIsExchangedWithoutAFailedRequestAndComesBackFromABackup() throws Exception {
    Map<String, String> environment =
        Map.of("REKEY_TAG", TAG, "SMOKE_PROJECT", "rekey-" + TAG, "SMOKE_PORT", freePort());

    Command smoke = Script.run(environment, Duration.ofMinutes(15), "deploy/smoke");

    assertThat(smoke.exit()).as("%s%s", smoke.out(), smoke.err()).isZero();
    assertThat(smoke.out())
        .contains("upgrade:", "good refused 0, bad accepted 0, repeated 0")
        .contains("an older backup is refused: key log: rolled back");
  }

  private static boolean isWanted() {
    return !"false".equals(System.getenv("REKEY_COMPOSE"));
  }

  private static boolean canRun() {
    return answers("docker", "info")
        && (answers("docker", "compose", "version") || Command.isInstalled("docker-compose"));
  }

  private static String freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return String.valueOf(socket.getLocalPort());
    }
  }

  private static boolean answers(String... line) {
    return Command.run(Map.of(), "", List.of("sh", "-c", String.join(" ", line))).exit() == 0;
  }
}
