package org.rekey.agent.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.agent.AgentFailure;

class DeviceIdentityTest {
  @TempDir Path directory;

  private Path script(String text) throws IOException {
    Path script = Files.writeString(directory.resolve("identity"), "#!/bin/sh\n" + text + "\n");
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void namesAreSortedAndOnesThatComeAgainMakeAnArray() throws IOException {
    assertThat(
            DeviceIdentity.ofScript(
                    script("echo zeta=last; echo mac=52:54; echo multi=a; echo multi=b; echo e="))
                .json())
        .isEqualTo("{\"e\":\"\",\"mac\":\"52:54\",\"multi\":[\"a\",\"b\"],\"zeta\":\"last\"}");
  }

  @Test
  void aScriptThatFailsOrSaysNothingIsNoIdentity() {
    for (String bad : new String[] {"exit 3", "true", "echo mac", "echo mac=1; exit 1"}) {
      assertThatThrownBy(() -> DeviceIdentity.ofScript(script(bad)))
          .as(bad)
          .isInstanceOf(AgentFailure.class)
          .hasMessageContaining("expected");
    }
    assertThatThrownBy(() -> DeviceIdentity.ofScript(directory.resolve("none")))
        .isInstanceOf(AgentFailure.class);
  }
}
