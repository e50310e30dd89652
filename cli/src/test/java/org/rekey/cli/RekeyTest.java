package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class RekeyTest {
  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    var console = new Console(new PrintWriter(out, true), new PrintWriter(err, true), false, UTF_8);
    return Rekey.execute(console, args);
  }

  @Test
  void showsItsHelp() throws IOException {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).isEqualTo(resource("/help.txt"));
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void helpAndCompletionKnowAllCommands() throws IOException {
    assertThat(run("help")).isZero();
    assertThat(out.toString()).isEqualTo(resource("/help.txt"));
    out.getBuffer().setLength(0);
    assertThat(run("generate-completion")).isZero();
    assertThat(out.toString()).contains("rekey_keys_activate", "rekey_deploy_secrets");
  }

  @Test
  void checksARoutesFileAsTheGatewayReadsIt(@TempDir Path home) throws IOException {
    Path file = home.resolve("routes.yaml");
    Files.writeString(
        file,
        """
        routes:
          - path: /api/devices/v1/deployments
            upstream: http://127.0.0.1:9002
            rewrite: /deployments
        """);
    assertThat(run("routes", "check", file.toString())).isZero();
    assertThat(out.toString()).contains("/api/devices/v1/deployments", "devices", "9002");
    assertThat(
            run("routes", "check", file.toString(), "--path", "/api/devices/v1/deployments/a?b=c"))
        .isZero();
    assertThat(out.toString()).contains("is asked for /deployments/a?b=c");
    assertThat(run("routes", "check", file.toString(), "--path", "/api/devices/v1/other"))
        .isEqualTo(3);
    assertThat(run("routes", "check", file.toString(), "--path", "/api/devices/../x")).isEqualTo(3);

    Files.writeString(file, "routes:\n  - pth: /api/devices/v1\n    upstream: http://a:1\n");
    out.getBuffer().setLength(0);
    assertThat(run("routes", "check", file.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("routes.yaml:2: pth: did you mean `path`?");
    out.getBuffer().setLength(0);
    assertThat(run("routes", "check", file.toString(), "--json")).isEqualTo(1);
    JsonNode problem = new ObjectMapper().readTree(out.toString()).path("problems").path(0);
    assertThat(problem.path("line").asInt()).isEqualTo(2);
    assertThat(problem.path("text").asText()).isEqualTo("pth: did you mean `path`?");
  }

  @Test
  void everyCommandHasHelpWithExamplesAndExitCodesThatFitsATerminal() {
    for (List<String> path : leaves(List.of(), Rekey.commandLine(Console.ofProcess()))) {
      out.getBuffer().setLength(0);
      String[] args =
          java.util.stream.Stream.concat(path.stream(), java.util.stream.Stream.of("--help"))
              .toArray(String[]::new);
      assertThat(run(args)).as(String.join(" ", args)).isZero();
      assertThat(out.toString())
          .as(String.join(" ", args))
          .contains("Examples:")
          .contains("Exit codes:")
          .contains("--json");
      assertThat(out.toString().lines()).allMatch(line -> line.length() <= 100);
    }
  }

  private static List<List<String>> leaves(List<String> path, CommandLine line) {
    if (List.of("help", "generate-completion").contains(line.getCommandName())) {
      return List.of();
    }
    if (line.getSubcommands().isEmpty()) {
      return List.of(path);
    }
    return line.getSubcommands().entrySet().stream()
        .flatMap(
            sub -> {
              var deeper = new java.util.ArrayList<>(path);
              deeper.add(sub.getKey());
              return leaves(deeper, sub.getValue()).stream();
            })
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          nonsense                                   | Unmatched argument
          keys                                       | a command is missing
          clients                                    | a command is missing
          clients new                                | NAME
          clients new a/b                            | not a client's id
          clients new a --may revoke                 | revoke (expected: introspect-users,
          keys activate                              | KID
          keys activate five                         | five (expected: 0 or a positive whole number)
          keys activate -- -5                        | -5 (expected: 0 or a positive whole number)
          keys activate 5 --wait soon                | soon (expected: a time such as 500ms, 5s or 2m)
          keys activate 5 --wait 11m                 | at most 10m
          keys activate 5 --override                 | --reason: missing
          keys activate gateway 5                    | gateway (expected: useradm, deviceauth or artifact)
          keys activate artifact 5 --ring useradm    | artifact, and --ring useradm (expected: one ring)
          keys activate 5 6 7                        | Unmatched argument
          keys rotate 5539                           | 5539 (expected: useradm, deviceauth or artifact)
          keys rotate --type dsa                     | dsa (expected: one of rsa-2048,
          keys rotate --wait 1h                      | 1h (expected: a time such as 500ms, 5s or 2m)
          keys retire 5 --force                      | --reason: missing (expected with --force
          keys retire 5 --force --reason old         | --yes: missing
          keys retire 5 --force --when-safe          | mutually exclusive
          keys retire 5 --dry-run --cancel           | mutually exclusive
          keys retire 5 --all                        | --all: without --dry-run
          keys hold                                  | KID
          keys compromise 5                          | --reason: missing
          keys compromise 5 --reason leaked          | --yes: missing
          keys compromise 5 --reason a --wait 2m     | at most 1m
          keys generate five                         | five (expected: useradm, deviceauth or artifact)
          keys generate deviceauth -- -5             | -5 (expected: 0 or a positive whole number)
          keys generate deviceauth five              | five (expected: 0 or a positive whole number)
          keys list artifact --ring useradm          | artifact, and --ring useradm (expected: one ring)
          keys watch --interval 1ms                  | at least 100 ms
          keys list --ring gateway                   | gateway (expected: useradm, deviceauth or artifact)
          keys lint gateway                          | gateway (expected: useradm, deviceauth or artifact)
          keys log deviceauth --ring useradm         | deviceauth, and --ring useradm (expected: one ring)
          keys log verify log.jsonl                  | --log-key: missing
          keys log verify --print --json             | mutually exclusive
          keys log export                            | FILE
          keys generate --type dsa                   | dsa (expected: one of rsa-2048,
          keys generate 5 --kid 6                    | KID is given already
          up --https-port 70000                      | 70000 (expected: 0 to 65535)
          up --set USERADM_JWT_EXP_TIMEOUT           | (expected: NAME=VALUE)
          up --set INVENTORY_LISTEN=1                | no service has such a setting
          up --set GATEWAY_LISTEN=127.0.0.1:1        | decided by `rekey up`
          users                                      | a command is missing
          users create                               | EMAIL
          import                                     | a command is missing
          import mender-useradm                      | FILE
          users delete a@example.com                 | --yes: missing
          tokens list                                | --user
          tokens revoke --user a@example.com         | TOKEN_ID
          tokens revoke-all --yes                    | --everybody
          tokens revoke-all --user a --everybody     | mutually exclusive
          tokens revoke-all --everybody              | --yes: missing
          """)
  void saysInOneLineWhatIsWrongWithTheCallAndExitsWith2(String line, String message) {
    assertThat(run(line.split(" "))).isEqualTo(2);
    assertThat(err.toString()).contains(message);
    assertThat(err.toString().lines()).hasSizeLessThanOrEqualTo(3);
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "keys list",
        "keys list deviceauth",
        "keys list deviceauth 7",
        "keys list 7 --ring deviceauth",
        "keys lint deviceauth 7",
        "keys log deviceauth",
        "keys log",
        "keys log verify",
        "keys log export log.jsonl",
        "keys log checkpoint",
        "keys lint",
        "keys verifiers",
        "keys activate 1",
        "keys retire 1",
        "keys retire 1 --dry-run",
        "keys retire 1 --when-safe",
        "keys retire 1 --cancel",
        "keys retire 1 --force --reason old --yes",
        "keys rotate",
        "keys watch",
        "keys watch --once --json",
        "keys hold deviceauth 1",
        "keys release 1",
        "keys compromise 1 --reason leaked --yes",
        "keys generate",
        "keys generate deviceauth 7",
        "users create a@example.com --password-stdin",
        "users list",
        "users show a@example.com",
        "users set-password a@example.com --password-stdin",
        "users delete a@example.com --yes",
        "import mender-useradm dump.jsonl",
        "tokens list --user a@example.com",
        "tokens revoke --user a@example.com x",
        "tokens revoke-all --everybody --yes"
      })
  void saysWhereNothingRunsAndExitsWith1(String line) {
    String[] words = (line + " --data " + directory.resolve("none")).split(" ");
    assertThat(run(words)).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString())
        .contains(directory.resolve("none") + ": no instance runs there")
        .contains("./rekey up --data");
  }

  @Test
  void rehearsesAnImportWithoutAnInstance() throws IOException {
    Path dump = directory.resolve("useradm.jsonl");
    Files.writeString(dump, "{\"_id\":\"t\",\"sub\":\"u\",\"iat\":1}\n\nnonsense\n");
    assertThat(run("import", "mender-useradm", dump.toString(), "--dry-run")).isEqualTo(3);
    assertThat(err.toString()).isEqualTo("line 3: not JSON (about column 1)\n");
    assertThat(out.toString())
        .contains("tokens: 1 readable, 0 already there, 0 expired, 0 refused")
        .contains("lines that are neither: 1")
        .contains("Nothing was written");
    assertThat(directory).isDirectoryNotContaining("glob:**.rekey-import");
    out.getBuffer().setLength(0);
    run("import", "mender-useradm", dump.toString(), "--dry-run", "--json");
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.at("/tokens/taken").asInt()).isEqualTo(1);
    assertThat(json.at("/refused").asInt()).isEqualTo(1);
  }

  @Test
  void saysThatADumpIsNotThere() {
    assertThat(run("import", "mender-useradm", directory + "/none", "--dry-run")).isEqualTo(1);
    assertThat(err.toString())
        .contains(directory + "/none: cannot be read (expected: a file, or -");
  }

  @Test
  void saysThatARoutesFileIsNotThere() {
    Path data = directory.resolve("data");
    int code = run("up", "--data", data.toString(), "--routes", directory + "/none.yaml");
    assertThat(code).isEqualTo(1);
    assertThat(err.toString()).contains("--routes: " + directory + "/none.yaml: cannot be read");
  }

  @Test
  void saysThatAPortIsTaken() throws IOException {
    try (var taken = new java.net.ServerSocket(0)) {
      String port = Integer.toString(taken.getLocalPort());
      int code = run("up", "--data", directory.resolve("data").toString(), "--https-port", port);
      assertThat(code).isEqualTo(1);
      assertThat(err.toString()).contains("--https-port: " + port + " is taken");
    }
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = RekeyTest.class.getResourceAsStream(name)) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
