package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Command;

/// `./rekey up` as its user meets it: real processes, the real mender-cli, the mistakes, the kills.
/// The tests are one story on one data directory.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UpIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String EMAIL = "admin@example.com";
  private static final String PASSWORD = "correct horse";
  @TempDir static Path directory;
  private final List<Process> started = new ArrayList<>();
  private String oldToken = "";

  private Path data() {
    return directory.resolve("data");
  }

  private Process up(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("up", "--data", data().toString(), "--https-port", "0"));
    arguments.addAll(List.of(more));
    Process process =
        Command.startRekey(
            directory.resolve("up-" + started.size() + ".log"), arguments.toArray(String[]::new));
    started.add(process);
    await()
        .atMost(Duration.ofMinutes(3))
        .until(() -> Files.exists(data().resolve("run.json")) || !process.isAlive());
    assertThat(process.isAlive()).as(output()).isTrue();
    return process;
  }

  private String output() {
    try {
      return Files.readString(directory.resolve("up-" + (started.size() - 1) + ".log"));
    } catch (IOException e) {
      return "";
    }
  }

  private JsonNode run() throws IOException {
    return JSON.readTree(data().resolve("run.json").toFile());
  }

  private static List<ProcessHandle> family(Process process) {
    return process.toHandle().descendants().toList();
  }

  private static void terminate(Process process) throws InterruptedException {
    List<ProcessHandle> family = family(process);
    assertThat(family).hasSizeGreaterThan(5);
    process.destroy();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends on SIGTERM").isTrue();
    assertThat(family).as("leaves no process behind").noneMatch(ProcessHandle::isAlive);
  }

  @AfterAll
  void endWhatATestLeft() throws InterruptedException {
    for (Process process : started) {
      process.destroy();
      process.waitFor(20, TimeUnit.SECONDS);
    }
  }

  private JsonNode keys() throws IOException {
    Command list = Command.rekey(data(), "", "keys", "list", "--json");
    assertThat(list.exit()).as(list.err()).isZero();
    return JSON.readTree(list.out());
  }

  private JsonNode key(long kid) throws IOException {
    for (JsonNode key : keys()) {
      if (key.path("kid").asLong() == kid) {
        return key;
      }
    }
    return JSON.missingNode();
  }

  private Command menderCli(String... arguments) {
    List<String> line = new ArrayList<>(List.of("mender-cli"));
    line.addAll(List.of(arguments));
    return Command.run(
        Map.of(
            "HOME", directory.toString(),
            "XDG_CACHE_HOME", directory.resolve("cache").toString(),
            "SSL_CERT_FILE", text("ca")),
        "",
        line);
  }

  private String text(String field) {
    try {
      return run().path(field).asText();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Command login(String password) {
    return menderCli(
        "login", "--server", text("gateway"), "--username", EMAIL, "--password", password);
  }

  private String storedToken() throws IOException {
    return Files.readString(directory.resolve("cache/mender/authtoken"));
  }

  /// The status that `curl` gets with a token.
  private String curl(String token) {
    return Command.run(
            Map.of(),
            "header = \"Authorization: Bearer " + token + "\"\n",
            List.of(
                "curl",
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "--cacert",
                text("ca"),
                "-K",
                "-",
                text("gateway") + "/api/management/v1/nothing/behind"))
        .out();
  }

  @Test
  @Order(1)
  void startsAndSaysWhereEverythingIs() throws IOException {
    up();
    JsonNode run = run();
    assertThat(run.path("gateway").asText()).startsWith("https://");
    assertThat(Path.of(run.path("ca").asText())).isRegularFile();
    for (String ring : List.of("useradm", "deviceauth", "artifact")) {
      assertThat(Path.of(run.path("key_dirs").path(ring).asText())).isAbsolute().isDirectory();
    }
    for (String service : List.of("keystore", "useradm", "deviceauth")) {
      assertThat(run.path("grpc").path(service).asText()).matches(".+:[0-9]+");
    }
    assertThat(run.path("kafka").asText()).matches(".+:[0-9]+");
    assertThat(run.path("pid").asLong()).isEqualTo(started.getLast().pid());
    JsonNode first = keys().get(0);
    assertThat(first.path("ring").asText()).isEqualTo("useradm");
    assertThat(first.path("kid").asLong()).isZero();
    assertThat(first.path("state").asText()).isEqualTo("ACTIVE");
    assertThat(first.path("alg").asText()).isEqualTo("RS256");
    assertThat(first.path("thumbprint").asText()).hasSize(43);
  }

  @Test
  @Order(2)
  void theRealMenderCliLogsInBeforeAndAfterARotation() throws Exception {
    Command created =
        Command.rekey(data(), PASSWORD + "\n", "users", "create", EMAIL, "--password-stdin");
    assertThat(created.exit()).as(created.err()).isZero();
    Assumptions.assumeTrue(
        Command.isInstalled("mender-cli"), "mender-cli is not installed: its part is skipped");

    assertThat(login("wrong horse").exit()).isEqualTo(1);
    assertThat(login("wrong horse").out() + login("wrong horse").err()).contains("401");
    Command right = login(PASSWORD);
    assertThat(right.exit()).as(right.out() + right.err()).isZero();
    oldToken = storedToken();
    assertThat(oldToken).as("no byte after the token").doesNotContain("\n");
    assertThat(Tokens.kid(oldToken)).isZero();
    assertThat(curl(oldToken)).as("accepted; nothing is routed there").isEqualTo("404");
    assertThat(curl(Tokens.withBrokenSignature(oldToken))).isEqualTo("401");

    Path file = Path.of(run().path("key_dirs").path("useradm").asText(), "private.id.5539.pem");
    Command openssl =
        Command.run(Map.of(), "", List.of("openssl", "genrsa", "-out", file.toString(), "2048"));
    assertThat(openssl.exit()).isZero();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> key(5539).path("state").asText().equals("ANNOUNCED"));
    Command activated = Command.rekey(data(), "", "keys", "activate", "5539");
    assertThat(activated.exit()).as(activated.err()).isZero();
    assertThat(login(PASSWORD).exit()).isZero();
    assertThat(Tokens.kid(storedToken())).isEqualTo(5539);
    assertThat(curl(storedToken())).isEqualTo("404");
    assertThat(curl(oldToken)).isEqualTo("404");
  }

  @Test
  @Order(3)
  void theOperatorAdministersUsersAndTheirTokens() throws IOException {
    String email = "Second@example.com";
    JsonNode made =
        json(
            Command.rekey(
                data(), PASSWORD, "users", "create", email, "--password-stdin", "--json"));
    assertThat(made.path("email").asText()).isEqualTo("second@example.com");
    String id = made.path("id").asText();
    Command twice = Command.rekey(data(), PASSWORD, "users", "create", email, "--password-stdin");
    assertThat(twice.exit()).isEqualTo(1);
    assertThat(twice.err().lines()).hasSize(1);

    JsonNode all = json(Command.rekey(data(), "", "users", "list", "--json"));
    assertThat(all.findValuesAsText("email")).contains(EMAIL, "second@example.com");
    JsonNode one = json(Command.rekey(data(), "", "users", "list", "--email", email, "--json"));
    assertThat(one.findValuesAsText("id")).containsExactly(id);
    assertThat(json(Command.rekey(data(), "", "users", "show", id, "--json")))
        .isEqualTo(one.get(0));

    JsonNode changed =
        json(
            Command.rekey(
                data(),
                "another horse",
                "users",
                "set-password",
                email,
                "--password-stdin",
                "--json"));
    assertThat(changed.path("id").asText()).isEqualTo(id);
    assertThat(Command.rekey(data(), "", "tokens", "list", "--user", email).out())
        .contains("no personal access tokens");
    JsonNode ended =
        json(Command.rekey(data(), "", "tokens", "revoke-all", "--user", id, "--yes", "--json"));
    assertThat(ended.path("revoked").asInt()).isZero();

    assertThat(Command.rekey(data(), "", "users", "delete", email).exit()).isEqualTo(2);
    assertThat(Command.rekey(data(), "", "users", "delete", email, "--yes").exit()).isZero();
    Command gone = Command.rekey(data(), "", "users", "show", email);
    assertThat(gone.exit()).isEqualTo(1);
    assertThat(gone.err()).contains(email + ": no such user");
  }

  private static JsonNode json(Command command) throws IOException {
    assertThat(command.exit()).as(command.err()).isZero();
    return JSON.readTree(command.out());
  }

  @Test
  @Order(4)
  void aSecondInstanceOnTheSameDirectoryIsToldSo() {
    Command second =
        Command.run(
            Map.of(),
            "",
            List.of(
                Command.root().resolve("rekey").toString(),
                "up",
                "--data",
                data().toString(),
                "--https-port",
                "0"));
    assertThat(second.exit()).isNotZero();
    assertThat(second.err()).contains(data().toString());
  }

  @Test
  @Order(5)
  void theLogIsVerifiedWhileItIsRead() {
    Command log = Command.rekey(data(), "", "keys", "log");
    assertThat(log.exit()).as(log.err()).isZero();
    assertThat(log.out()).contains("KEY_ADDED").contains("KEY_ACTIVATED");
  }

  @Test
  @Order(5)
  void theGatewayTellsWhatItShowsItsClients() throws IOException {
    Command status = Command.rekey(data(), "", "certs", "status", "--json");
    assertThat(status.exit()).as(status.err()).isZero();
    JsonNode gateway = JSON.readTree(status.out()).elements().next();
    JsonNode https = gateway.path("listeners").path(0);
    assertThat(https.path("name").asText()).isEqualTo("https");
    assertThat(https.path("certificates")).hasSize(1);
    assertThat(https.path("certificates").get(0).path("names").toString()).contains("localhost");
    assertThat(https.path("devices").path("seen").isNumber()).isTrue();
    assertThat(gateway.path("refused")).isEmpty();
    Command table = Command.rekey(data(), "", "certs", "status");
    assertThat(table.out()).contains("localhost").contains("FINGERPRINT", "DEVICES");
  }

  @Test
  @Order(5)
  void theLogIsEvidenceForWhoeverHasTheLogKeyAndACheckpoint() throws IOException {
    Path exported = directory.resolve("log.jsonl");
    Path checkpoint = directory.resolve("checkpoint.txt");
    Path logKey = data().resolve("pki").resolve("log-key.pub.pem");
    Command export = Command.rekey(data(), "", "keys", "log", "export", exported.toString());
    assertThat(export.exit()).as(export.err()).isZero();
    Command witnessed = Command.rekey(data(), "", "keys", "log", "checkpoint");
    assertThat(witnessed.exit()).as(witnessed.err()).isZero();
    Files.writeString(checkpoint, witnessed.out());
    assertThat(verify(exported, logKey, checkpoint).exit()).isZero();
    Command live = Command.rekey(data(), "", "keys", "log", "verify");
    assertThat(live.exit()).as(live.err()).isZero();

    List<String> lines = Files.readAllLines(exported);
    Files.write(exported, lines.subList(0, lines.size() - 1));
    Command cut = verify(exported, logKey, checkpoint);
    assertThat(cut.exit()).as("the last event is missing").isNotZero();
    assertThat(cut.out() + cut.err()).contains(String.valueOf(lines.size()));
    String renumbered = lines.get(2).replaceFirst("\"kid\":\\d+", "\"kid\":77");
    assertThat(renumbered).isNotEqualTo(lines.get(2));
    lines.set(2, renumbered);
    Files.write(exported, lines);
    Command changed = verify(exported, logKey, checkpoint);
    assertThat(changed.exit()).as("an event was changed").isNotZero();
    assertThat(changed.out() + changed.err()).contains("3");
  }

  private Command verify(Path exported, Path logKey, Path checkpoint) {
    return Command.rekey(
        data(),
        "",
        "keys",
        "log",
        "verify",
        exported.toString(),
        "--log-key",
        logKey.toString(),
        "--checkpoint",
        checkpoint.toString());
  }

  @Test
  @Order(6)
  void stopsCleanlyAndRemembersEverything() throws Exception {
    terminate(started.getLast());
    assertThat(data().resolve("run.json")).doesNotExist();
    Command list = Command.rekey(data(), "", "keys", "list");
    assertThat(list.exit()).isEqualTo(1);
    assertThat(list.err()).contains("rekey up");

    up();
    for (String program : List.of("kafka", "keystore", "useradm", "deviceauth", "gateway")) {
      assertThat(classesFromTheArchiveOf(run().path("pids").path(program).asLong()))
          .as(program)
          .isPositive();
    }
    JsonNode all = keys();
    assertThat(all.toString()).contains("\"kid\":0");
    if (!oldToken.isEmpty()) {
      assertThat(key(5539).path("state").asText()).isEqualTo("ACTIVE");
      assertThat(curl(oldToken)).isEqualTo("404");
      assertThat(login(PASSWORD).exit()).isZero();
      assertThat(Tokens.kid(storedToken())).isEqualTo(5539);
    }
  }

  /// `./rekey` becomes the JVM, whose command line can be read while it runs.
  @Test
  @Order(7)
  void aCommandTakesTheClassesThatAnEarlierOneHasRead() throws Exception {
    Process command =
        Command.startRekey(
            directory.resolve("watch"), "keys", "watch", "--data", data().toString());
    try {
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(classesFromTheArchiveOf(command.pid())).isPositive());
    } finally {
      command.destroy();
    }
  }

  /// Its archive is read by another JVM, which says where it has its classes from.
  private long classesFromTheArchiveOf(long pid) throws IOException {
    List<String> running =
        List.of(Files.readString(Path.of("/proc/" + pid + "/cmdline")).split("\0", -1));
    List<String> line =
        List.of(
            running.getFirst(),
            running.stream()
                .filter(option -> option.startsWith("-XX:SharedArchiveFile="))
                .findFirst()
                .orElseThrow(),
            "-Xlog:class+load",
            "-cp",
            running.get(running.indexOf("-cp") + 1),
            "org.rekey.cli.Rekey",
            "--version");
    Command other = Command.run(Map.of(), "", line);
    assertThat(other.exit()).as(other.err()).isZero();
    return other
        .out()
        .lines()
        .filter(loaded -> loaded.contains("shared objects file (top)"))
        .count();
  }

  @Test
  @Order(8)
  void afterAKillNothingIsLeftBehindAndItStartsAgain() throws Exception {
    Process killed = started.getLast();
    List<ProcessHandle> family = family(killed);
    killed.destroyForcibly().waitFor();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                family.stream()
                    .filter(ProcessHandle::isAlive)
                    .noneMatch(child -> child.info().command().orElse("").endsWith("java")));
    Files.deleteIfExists(data().resolve("run.json"));
    Process again = up();
    assertThat(keys().size()).isPositive();
    terminate(again);
    assertThat(family).noneMatch(ProcessHandle::isAlive);
  }
}
