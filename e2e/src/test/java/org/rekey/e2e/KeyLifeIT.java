package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Installation;

/// The life of a key by the operator's own commands, against `./rekey up`: what they say is what
/// then happens to tokens at the gateway.
class KeyLifeIT {
  private static final String PASSWORD = "correct horse";
  private static final List<String> USERS =
      List.of("ada@example.com", "bob@example.com", "cleo@example.com");

  @TempDir static Path directory;
  private static Installation installation;
  private static Client client;

  /// Tokens that were given out, with their owners.
  private record Given(Map<String, String> sessions, Map<String, String> personalAccessTokens) {
    Given() {
      this(new TreeMap<>(), new TreeMap<>());
    }

    List<String> all() {
      List<String> all = new ArrayList<>(sessions.keySet());
      all.addAll(personalAccessTokens.keySet());
      return all;
    }

    List<String> owners() {
      return java.util.stream.Stream.concat(
              sessions.values().stream(), personalAccessTokens.values().stream())
          .distinct()
          .sorted()
          .toList();
    }
  }

  @BeforeAll
  static void start() {
    // Long enough that a paused verifier is still waited for when this machine is slow.
    installation = Installation.start(directory, "KEYSTORE_LEASE=20s");
    client = installation.client();
    USERS.forEach(user -> installation.createUser(user, PASSWORD));
  }

  @AfterAll
  static void stop() {
    if (client != null) {
      client.close();
    }
    if (installation != null) {
      installation.close();
    }
  }

  private static JsonNode rotate() {
    return installation.json("keys", "rotate", "useradm", "--wait", "60s");
  }

  private static String state(String ring, long kid) {
    return installation
        .json("keys", "list", Long.toString(kid), "--ring", ring)
        .get(0)
        .path("state")
        .asText();
  }

  private static String personalAccessToken(String session, String name) {
    HttpResponse<String> answer =
        client.send(
            client
                .authorized("/api/management/v1/useradm/settings/tokens", session)
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"name\":\"" + name + "\",\"expires_in\":86400}")));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  /// On the key that signs now: three sessions of two users, and two personal access tokens.
  private static Given give() {
    var given = new Given();
    for (String user : List.of(USERS.get(0), USERS.get(1), USERS.get(1))) {
      String session = client.login(user, PASSWORD);
      given.sessions().put(session, user);
      if (!given.personalAccessTokens().containsValue(user)) {
        given
            .personalAccessTokens()
            .put(personalAccessToken(session, name(Tokens.kid(session))), user);
      }
    }
    assertThat(given.all()).hasSize(5);
    return given;
  }

  /// Nobody may have two of one name.
  private static String name(long kid) {
    return "made-with-" + kid;
  }

  /// Nothing is behind the gateway: a good token gets 404, any other 401.
  private static long refused(List<String> tokens) {
    return tokens.stream().filter(token -> client.statusWith(token) == 401).count();
  }

  /// Counted after it was asked for.
  private static JsonNode plan(long kid) {
    JsonNode[] plan = new JsonNode[1];
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> {
              plan[0] =
                  installation.json("keys", "retire", "useradm", Long.toString(kid), "--dry-run");
              return plan[0].path("fresh").asBoolean();
            });
    return plan[0];
  }

  private static List<String> names(JsonNode owners) {
    return owners.findValuesAsText("name").stream()
        .filter(name -> name.contains("@"))
        .sorted()
        .toList();
  }

  @Test
  void aRotationMakesTheNextKeySign() {
    String before = client.login(USERS.get(2), PASSWORD);
    JsonNode key = rotate();
    assertThat(key.path("state").asText()).isEqualTo("ACTIVE");
    assertThat(key.path("replaced_kid").asLong()).isEqualTo(Tokens.kid(before));
    assertThat(Tokens.kid(client.login(USERS.get(2), PASSWORD)))
        .isEqualTo(key.path("kid").asLong());
    assertThat(refused(List.of(before))).isZero();
    assertThat(state("useradm", Tokens.kid(before))).isEqualTo("VERIFY_ONLY");
  }

  @Test
  void aDeafVerifierBlocksAnActivationIsNamedAndOnceHealedItGoesOn() throws Exception {
    long signing = Tokens.kid(client.login(USERS.get(2), PASSWORD));
    Path output = directory.resolve("activate.log");
    Process waiting;
    long kid;
    installation.pause("deviceauth");
    try {
      Command rotated = installation.rekey("keys", "rotate", "--wait", "1s");
      assertThat(rotated.exit()).as(rotated.out() + rotated.err()).isEqualTo(1);
      kid = signing + 1;
      assertThat(rotated.err())
          .contains(kid + " of useradm stands announced, and " + signing + " of useradm goes on")
          .containsPattern("deviceauth-[0-9a-f]+: at epoch [0-9]+ .expected: [0-9]+., silent for")
          .contains("rekey keys activate useradm " + kid)
          .contains("--override --reason");
      assertThat(Tokens.kid(client.login(USERS.get(2), PASSWORD))).isEqualTo(signing);
      waiting =
          installation.startRekey(
              output, "keys", "activate", "useradm", Long.toString(kid), "--wait", "2m");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> Files.readString(output).contains("(expected:"));
    } finally {
      installation.resume("deviceauth");
    }
    assertThat(waiting.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(waiting.exitValue()).as(Files.readString(output)).isZero();
    assertThat(Files.readString(output))
        .containsPattern("deviceauth-[0-9a-f]+: ready")
        .contains(kid + " of useradm: ACTIVE");
    assertThat(Tokens.kid(client.login(USERS.get(2), PASSWORD))).isEqualTo(kid);
  }

  @Test
  void aRotationOutlivesTheKeystoreThatItBeganWith() throws Exception {
    Path output = directory.resolve("outlives.txt");
    Process rotating;
    installation.pause("deviceauth");
    try {
      rotating =
          installation.startRekey(
              output, "keys", "rotate", "artifact", "--wait", "2m", "--reason", "drill");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> Files.readString(output).contains("(expected:"));
      installation.kill("keystore");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> Files.readString(output).contains("cannot be reached now"));
    } finally {
      installation.resume("deviceauth");
    }
    assertThat(rotating.waitFor(150, TimeUnit.SECONDS)).isTrue();
    assertThat(rotating.exitValue()).as(Files.readString(output)).isZero();
    assertThat(Files.readString(output)).contains("of artifact: ACTIVE");
  }

  @Test
  void aPostQuantumKeySignsInOneRingWithTheOthers() {
    String before = client.login(USERS.get(2), PASSWORD);
    JsonNode key =
        installation.json("keys", "rotate", "useradm", "--type", "ml-dsa-65", "--wait", "60s");
    String token = client.login(USERS.get(2), PASSWORD);
    assertThat(Tokens.header(token).path("alg").asText()).isEqualTo("ML-DSA-65");
    assertThat(Tokens.kid(token)).isEqualTo(key.path("kid").asLong());
    installation.json("keys", "rotate", "useradm", "--type", "ed25519", "--wait", "60s");
    assertThat(refused(List.of(before, token))).isZero();
    assertThat(refused(List.of(Tokens.withBrokenSignature(token)))).isEqualTo(1);
  }

  @Test
  void theNumbersOfADryRunAreWhatThenHappens() {
    long kid = rotate().path("kid").asLong();
    Given ending = give();
    rotate();
    Given staying = give();

    JsonNode plan = plan(kid);
    assertThat(plan.path("state").asText()).isEqualTo("VERIFY_ONLY");
    assertThat(plan.at("/live/sessions").asInt()).isEqualTo(3);
    assertThat(plan.at("/live/personal_access_tokens").asInt()).isEqualTo(2);
    assertThat(plan.at("/live/device_tokens").asInt()).isZero();
    assertThat(plan.path("safe").asBoolean()).isFalse();
    assertThat(plan.path("safe_from")).isEqualTo(plan.path("last_expiry"));
    assertThat(names(plan.path("owners"))).isEqualTo(ending.owners());
    assertThat(refused(ending.all())).as("a dry run changes nothing").isZero();

    Command refusal = installation.rekey("keys", "retire", "useradm", Long.toString(kid));
    assertThat(refusal.exit()).isEqualTo(1);
    assertThat(refusal.err())
        .contains(kid + " of useradm cannot be retired now, and nothing was changed.")
        .contains("live sessions           3")
        .contains("--when-safe");
    assertThat(refused(ending.all())).isZero();

    JsonNode done =
        installation.json(
            "keys",
            "retire",
            "useradm",
            Long.toString(kid),
            "--force",
            "--reason",
            "test",
            "--yes");
    assertThat(done.path("state").asText()).isEqualTo("RETIRED");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> refused(ending.all()) == ending.all().size());
    assertThat(refused(List.copyOf(ending.sessions().keySet())))
        .as("sessions that ended")
        .isEqualTo(plan.at("/live/sessions").asLong());
    assertThat(refused(List.copyOf(ending.personalAccessTokens().keySet())))
        .as("personal access tokens that ended")
        .isEqualTo(plan.at("/live/personal_access_tokens").asLong());
    assertThat(done.at("/impact/sessions")).isEqualTo(plan.at("/live/sessions"));
    assertThat(refused(staying.all())).as("those of another key").isZero();
  }

  @Test
  void theEndOfACompromisedKeyNamesEverybodyWhoMustLogInAgain() {
    long kid = rotate().path("kid").asLong();
    Given ending = give();
    JsonNode done =
        installation.json(
            "keys", "compromise", "useradm", Long.toString(kid), "--reason", "stolen", "--yes");
    assertThat(refused(ending.all())).as("at once").isEqualTo(ending.all().size());
    assertThat(done.path("state").asText()).isEqualTo("COMPROMISED");
    assertThat(done.path("verifiers")).hasSize(2);
    assertThat(done.path("until_last_ms").isNumber()).isTrue();
    assertThat(names(done.path("owners"))).isEqualTo(ending.owners());
    assertThat(done.path("owners")).hasSize(2);
    JsonNode ada = done.path("owners").get(1);
    assertThat(ada.path("personal_access_tokens").get(0).path("name").asText())
        .isEqualTo(name(kid));
    String again = client.login(USERS.get(0), PASSWORD);
    assertThat(Tokens.kid(again)).isEqualTo(done.at("/successor/kid").asLong());
    assertThat(refused(List.of(again))).isZero();
  }

  @Test
  void aVerifierThatMayStillAcceptACompromisedKeyIsNamed() {
    JsonNode key = installation.json("keys", "generate", "--ring", "deviceauth");
    installation.pause("deviceauth");
    Command done;
    try {
      done =
          installation.rekey(
              "keys",
              "compromise",
              "deviceauth",
              key.path("kid").asText(),
              "--reason",
              "stolen",
              "--wait",
              "1s",
              "--yes");
    } finally {
      installation.resume("deviceauth");
    }
    assertThat(done.exit()).as(done.out() + done.err()).isEqualTo(3);
    assertThat(done.err()).containsPattern("still may be accepted by deviceauth-[0-9a-f]+:");
    assertThat(done.out()).contains("not yet").doesNotContain("Distrusted everywhere");
  }

  @Test
  void aHoldKeepsAKeyThatIsOrderedToGoWhenItIsSafe() throws InterruptedException {
    long kid = installation.json("keys", "generate", "--ring", "artifact").path("kid").asLong();
    String id = Long.toString(kid);
    assertThat(installation.json("keys", "hold", "artifact", id).path("held").asBoolean()).isTrue();
    JsonNode ordered = installation.json("keys", "retire", "artifact", id, "--when-safe");
    assertThat(ordered.path("scheduled").asBoolean()).isTrue();
    TimeUnit.SECONDS.sleep(5);
    JsonNode waiting = installation.json("keys", "list", id, "--ring", "artifact").get(0);
    assertThat(waiting.path("state").asText()).isEqualTo("ANNOUNCED");
    assertThat(waiting.path("retires_when_safe").asBoolean()).isTrue();
    installation.json("keys", "release", "artifact", id);
    await().atMost(Duration.ofMinutes(1)).until(() -> state("artifact", kid).equals("RETIRED"));
  }

  @Test
  void whatIsOrderedForLaterCanBeTakenBack() {
    long kid = rotate().path("kid").asLong();
    String id = Long.toString(kid);
    Given given = give();
    rotate();
    Command ordered = installation.rekey("keys", "retire", id, "--when-safe");
    assertThat(ordered.out()).contains("keys retire useradm " + id + " --cancel");
    assertThat(installation.rekey("keys", "list", id).out()).contains("(retires when safe)");
    assertThat(installation.rekey("keys", "retire", id, "--cancel").exit()).isZero();
    assertThat(installation.rekey("keys", "list", id).out()).doesNotContain("(retires when safe)");
    assertThat(refused(given.all())).isZero();
  }

  @Test
  void oneLookShowsRingsKeysAndVerifiers() throws IOException {
    Command look = installation.rekey("keys", "watch", "--once");
    assertThat(look.exit()).as(look.err()).isZero();
    assertThat(look.out())
        .contains("2 live verifiers")
        .containsPattern("useradm  [0-9]+ signs for")
        .containsPattern("[0-9]+ +ACTIVE +RS256 +[0-9]+ +[0-9.]+ +AB")
        .containsPattern("A +deviceauth-")
        .containsPattern("B +useradm-")
        .doesNotContain("\u001b");
    JsonNode json = installation.json("keys", "watch", "--once");
    assertThat(json.path("verifiers")).hasSize(2);
    assertThat(json.path("rings")).hasSize(3);
  }
}
