package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Command;
import org.rekey.testkit.KeyFiles;

/// Moving from Mender: its key files, a dump of its users and tokens, the real command. What it has
/// issued goes on being good, and passwords too.
class ImportIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String EMAIL = "admin@example.com";
  private static final String PASSWORD = "correct horse battery";
  private static final String USER = UUID.randomUUID().toString();
  @TempDir static Path directory;
  private static @Nullable Process up;
  private final Instant issued = Instant.now().minus(Duration.ofHours(1));
  private final Instant expires = Instant.now().plus(Duration.ofDays(6));

  private static Path data() {
    return directory.resolve("data");
  }

  private static Path key(String name) {
    return data().resolve("keys/useradm").resolve(name);
  }

  /// The keys are there before anything starts, as on a server that is taken over.
  @BeforeAll
  static void start() throws IOException {
    Files.createDirectories(key("private.pem").getParent());
    KeyFiles.write(key("private.pem"), KeyFiles.pkcs8(KeyFiles.rsa(2048)));
    KeyFiles.write(key("private.id.5539.pem"), KeyFiles.pkcs8(KeyFiles.rsa(2048)));
    Path log = directory.resolve("up.log");
    Process process =
        Command.startRekey(log, "up", "--data", data().toString(), "--https-port", "0");
    up = process;
    await()
        .atMost(Duration.ofMinutes(3))
        .until(() -> Files.exists(data().resolve("run.json")) || !process.isAlive());
    assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    Process process = up;
    if (process != null) {
      process.destroy();
      process.waitFor(30, TimeUnit.SECONDS);
    }
  }

  private static Client client() throws IOException {
    JsonNode run = JSON.readTree(data().resolve("run.json").toFile());
    return new Client(
        run.path("gateway").asText(),
        Path.of(run.path("ca").asText()),
        HttpClient.Version.HTTP_1_1);
  }

  private static String user(String id, String email, String password) {
    byte[] salt = new byte[16];
    new SecureRandom().nextBytes(salt);
    String hash = OpenBSDBCrypt.generate("2a", password.getBytes(StandardCharsets.UTF_8), salt, 10);
    return """
        {"_id":"%s","email":"%s","password":"%s","created_ts":{"$date":"2024-01-02T03:04:05.678Z"},\
        "updated_ts":{"$date":{"$numberLong":"1706933106000"}},"tenant_id":""}"""
        .formatted(id, email, hash);
  }

  private String token(String id, String more) {
    return """
        {"_id":%s,"sub":%s,"iat":{"time":{"$date":{"$numberLong":"%d"}}},\
        "exp":{"time":{"$date":"%s"}},"user":true,"iss":"mender.useradm","scp":"mender.*",\
        "nbf":{"time":{"$date":"%s"}}%s,"tenant_id":""}"""
        .formatted(binary(id), binary(USER), issued.toEpochMilli(), expires, issued, more);
  }

  private static String binary(String uuid) {
    UUID id = UUID.fromString(uuid);
    byte[] bytes =
        ByteBuffer.allocate(16)
            .putLong(id.getMostSignificantBits())
            .putLong(id.getLeastSignificantBits())
            .array();
    return "{\"$binary\":{\"base64\":\"%s\",\"subType\":\"04\"}}"
        .formatted(Base64.getEncoder().encodeToString(bytes));
  }

  @Test
  void whatMenderHasIssuedIsGoodHereAfterTheImport() throws Exception {
    String numericKid = UUID.randomUUID().toString();
    String noKid = UUID.randomUUID().toString();
    String kidZero = UUID.randomUUID().toString();
    String expired = UUID.randomUUID().toString();
    List<String> tokens =
        List.of(
            Tokens.signed(key("private.id.5539.pem"), claims(numericKid), 5539L, true),
            Tokens.signed(key("private.pem"), claims(noKid), null, false),
            Tokens.signed(key("private.pem"), claims(kidZero), 0L, true));
    List<String> lines = new ArrayList<>();
    lines.add(token(numericKid, ",\"name\":\"build server\",\"key_id\":5539"));
    lines.add(token(noKid, ""));
    lines.add("{\"_id\":");
    lines.add(user(USER, EMAIL, PASSWORD));
    lines.add(token(kidZero, ",\"key_id\":{\"$numberInt\":\"0\"}"));
    lines.add(token(expired, "").replace(expires.toString(), "2020-01-01T00:00:00Z"));
    Path dump = directory.resolve("useradm.jsonl");
    Files.write(dump, lines);

    try (Client client = client()) {
      for (String token : tokens) {
        assertThat(status(client, token)).as("not known yet").isEqualTo(401);
      }
      Command dry =
          Command.rekey(data(), "", "import", "mender-useradm", dump.toString(), "--dry-run");
      assertThat(dry.out()).contains("users: 1 readable").contains("tokens: 3 readable");
      assertThat(client.tryLogin(EMAIL, PASSWORD).statusCode()).isEqualTo(401);

      Command done =
          Command.rekey(data(), "", "import", "mender-useradm", dump.toString(), "--json");
      assertThat(done.exit()).as(done.out() + done.err()).isEqualTo(3);
      assertThat(done.err()).contains("line 3: not JSON").doesNotContain("$2a$");
      JsonNode json = JSON.readTree(done.out());
      assertThat(json.at("/users/taken").asInt()).as(done.out() + done.err()).isEqualTo(1);
      assertThat(json.at("/tokens/taken").asInt()).as(done.out() + done.err()).isEqualTo(3);
      assertThat(json.at("/tokens/expired").asInt()).isEqualTo(1);
      assertThat(json.at("/refused").asInt()).isEqualTo(1);
      assertThat(json.at("/notes")).isEmpty();

      for (String token : tokens) {
        await()
            .atMost(Duration.ofSeconds(10))
            .untilAsserted(() -> assertThat(status(client, token)).isEqualTo(404));
      }
      assertThat(client.tryLogin(EMAIL, "wrong horse battery").statusCode()).isEqualTo(401);
      for (String what : List.of("by bcrypt", "by the new hash")) {
        assertThat(client.tryLogin(EMAIL, PASSWORD).statusCode()).as(what).isEqualTo(200);
      }
      importAgainChangesNothing(dump, client, tokens);
    }
  }

  private static void importAgainChangesNothing(Path dump, Client client, List<String> tokens)
      throws IOException {
    assertThat(client.logout(tokens.get(1))).isEqualTo(202);
    Command again =
        Command.rekey(data(), Files.readString(dump), "import", "mender-useradm", "-", "--json");
    JsonNode json = JSON.readTree(again.out());
    assertThat(json.at("/users/already_there").asInt()).isEqualTo(1);
    assertThat(json.at("/tokens/already_there").asInt()).isEqualTo(2);
    assertThat(again.err()).contains("line 2: ");
    assertThat(status(client, tokens.get(1))).as("ended is ended").isEqualTo(401);
    assertThat(status(client, tokens.get(0))).isEqualTo(404);
    Command list = Command.rekey(data(), "", "tokens", "list", "--user", EMAIL, "--json");
    assertThat(JSON.readTree(list.out()).at("/0/name").asText()).isEqualTo("build server");
  }

  private String claims(String id) {
    return Tokens.userClaims(id, USER, issued, expires);
  }

  /// 404 is good: the token was accepted, and nothing is behind the path.
  private static int status(Client client, String token) {
    return client.statusWith(token);
  }
}
