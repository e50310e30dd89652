package org.rekey.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFileTest {
  @TempDir Path directory;

  private static RunFile run(long pid) {
    return new RunFile(
        "https://localhost:8443",
        "/d/https/ca.pem",
        Map.of("useradm", "/d/keys/useradm"),
        "127.0.0.1:9092",
        Map.of("keystore", "127.0.0.1:1"),
        Map.of("keystore", "127.0.0.1:2"),
        pid,
        Map.of("kafka", 12L));
  }

  @Test
  void hasTheNamesThatOthersReadItBy() throws IOException {
    DataDirectory data = DataDirectory.create(directory);
    run(7).write(data);
    JsonNode json = new ObjectMapper().readTree(data.runFile().toFile());
    assertThat(json.path("gateway").asText()).isEqualTo("https://localhost:8443");
    assertThat(json.path("ca").asText()).isEqualTo("/d/https/ca.pem");
    assertThat(json.path("key_dirs").path("useradm").asText()).isEqualTo("/d/keys/useradm");
    assertThat(json.path("kafka").asText()).isEqualTo("127.0.0.1:9092");
    assertThat(json.path("grpc").path("keystore").asText()).isEqualTo("127.0.0.1:1");
    assertThat(json.path("pid").asLong()).isEqualTo(7);
    assertThat(json.path("pids").path("kafka").asLong()).isEqualTo(12);
  }

  @Test
  void isReadBackWhileItsProcessLives() {
    DataDirectory data = DataDirectory.create(directory);
    assertThat(RunFile.read(data)).isEmpty();
    RunFile mine = run(ProcessHandle.current().pid());
    mine.write(data);
    assertThat(RunFile.read(data)).contains(mine);

    run(Integer.MAX_VALUE).write(data);
    assertThat(RunFile.read(data)).isEmpty();

    RunFile.delete(data);
    assertThat(data.runFile()).doesNotExist();
  }
}
