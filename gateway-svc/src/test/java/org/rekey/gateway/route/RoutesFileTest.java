package org.rekey.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.runtime.config.SettingsException;

class RoutesFileTest {
  @TempDir Path directory;

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("routes.yaml"), text);
  }

  private static RequestPath path(String target) {
    return RequestPath.of(target).orElseThrow();
  }

  @Test
  void readsRoutes() throws IOException {
    Routes routes =
        RoutesFile.read(
            file(
                """
                routes:
                  - path: /api/management/v1/inventory
                    upstream: http://127.0.0.1:9001
                    rewrite: /api/0.1.0
                  - path: /api/management/v1
                    upstream: [http://127.0.0.1:9002, "https://backend.example"]
                """));
    Route inventory =
        routes.find(path("/api/management/v1/inventory/devices?page=2")).orElseThrow();
    assertThat(inventory.next(_ -> true)).contains(new Upstream("127.0.0.1", 9001, false));
    assertThat(inventory.target(path("/api/management/v1/inventory/devices?page=2")))
        .isEqualTo("/api/0.1.0/devices?page=2");
    Route other = routes.find(path("/api/management/v1/inventory-x")).orElseThrow();
    assertThat(other.next(_ -> true)).contains(new Upstream("127.0.0.1", 9002, false));
    assertThat(other.next(_ -> true)).contains(new Upstream("backend.example", 443, true));
    assertThat(other.target(path("/api/management/v1/inventory-x")))
        .isEqualTo("/api/management/v1/inventory-x");
    assertThat(routes.find(path("/api/devices/v1/x"))).isEmpty();
  }

  @Test
  void reportsEveryProblemWithItsLine() throws IOException {
    Path file =
        file(
            """
            routes:
              - path: /api/internal/v1
                upstream: http://127.0.0.1:9001
              - path: /api/devices/v1/x
                upstraem: http://127.0.0.1:9001
              - path: /api/devices/v1/y
                upstream: ftp://127.0.0.1
              - path: /api/devices/v1/z
            extra: 1
            """);
    assertThatThrownBy(() -> RoutesFile.read(file))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(":2: path: /api/internal/v1 (/api/internal is never served")
        .hasMessageContaining(":5: upstraem: did you mean `upstream`?")
        .hasMessageContaining(":7: upstream: ftp://127.0.0.1 (expected: http://host:port")
        .hasMessageContaining(":8: upstream: missing")
        .hasMessageContaining(":9: extra (expected: routes, defaults)");
  }

  @Test
  void readsTheExampleOfTheDocumentation() {
    Routes routes = RoutesFile.read(Path.of("..", "deploy", "examples", "routes.yaml"));
    Route deployments = routes.find(path("/api/devices/v1/deployments/device")).orElseThrow();
    assertThat(deployments.upstreams()).hasSize(2);
  }

  @Test
  void aFileWithoutRoutesHasToSaySo() throws IOException {
    assertThat(RoutesFile.read(file("routes: []\n"))).isEqualTo(Routes.NONE);
    for (String text : new String[] {"", "\n", "# nothing yet\n"}) {
      assertThat(RoutesFile.check(file(text)).problems())
          .singleElement()
          .asString()
          .endsWith("the routes file is empty (to serve none, say `routes: []`)");
    }
    assertThat(RoutesFile.check(file("defaults:\n  answer_timeout: 30s\n")).problems())
        .singleElement()
        .asString()
        .endsWith(":1: routes: missing (to serve none, say `routes: []`)");
  }

  @Test
  void saysWhenAFileIsNotYaml() throws IOException {
    Path file = file("routes: [unclosed");
    assertThatThrownBy(() -> RoutesFile.read(file))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("not YAML");
  }

  @Test
  void saysWhenThereIsNoFile() {
    assertThatThrownBy(() -> RoutesFile.read(directory.resolve("none.yaml")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("cannot be read");
  }
}
