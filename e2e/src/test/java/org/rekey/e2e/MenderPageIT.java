package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// The procedure of Mender's page "Certificates and keys", word for word, on a running platform:
/// nothing is restarted.
class MenderPageIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static Platform platform;
  private static Client client;

  @BeforeAll
  static void start() {
    platform = Platform.start(directory, POSTGRES);
    client = new Client(platform, HttpClient.Version.HTTP_1_1);
    platform.createUser("admin@example.com", "correct horse");
  }

  @AfterAll
  static void stop() {
    client.close();
    platform.close();
  }

  @Test
  void aKeyTurnsWhileTokensOfAllKeysAreInUse() throws Exception {
    String old = client.login("admin@example.com", "correct horse");
    assertThat(Tokens.header(old).path("kid").asText()).isEqualTo("0");
    assertThat(client.statusWith(old)).isEqualTo(200);

    // openssl genrsa -out /etc/useradm/rsa/private.id.5539.pem 2048
    Path file = platform.keyDirectory("useradm").resolve("private.id.5539.pem");
    Process openssl =
        new ProcessBuilder("openssl", "genrsa", "-out", file.toString(), "2048")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(openssl.waitFor()).isZero();
    long placed = System.nanoTime();
    platform.awaitState("useradm", 5539, KeyState.KEY_STATE_ANNOUNCED);
    platform.awaitAllCaughtUp();
    report("file in place -> last verifier ready", placed);
    assertThat(headers(5539)).contains("KEY_ADDED");
    assertThat(Tokens.kid(client.login("admin@example.com", "correct horse")))
        .as("an announced key does not sign")
        .isZero();

    platform
        .admin()
        .activateKey(ActivateKeyRequest.newBuilder().setRing("useradm").setKid(5539).build());
    String fresh = client.login("admin@example.com", "correct horse");
    assertThat(Tokens.header(fresh).path("kid").asText()).isEqualTo("5539");
    assertThat(client.statusWith(fresh)).isEqualTo(200);
    assertThat(client.statusWith(old)).as("the old token goes on").isEqualTo(200);

    Files.delete(file);
    long removed = System.nanoTime();
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> client.statusWith(fresh) == 401);
    report("file removed -> refused", removed);
    assertThat(client.statusWith(old)).isEqualTo(200);
    HttpResponse<String> refused =
        client.send(client.authorized("/api/management/v1/inventory/devices", fresh));
    assertThat(refused.statusCode()).as("401, never 500").isEqualTo(401);
    assertThat(refused.body()).contains("invalid jwt").contains("request_id");
    assertThat(Tokens.kid(client.login("admin@example.com", "correct horse")))
        .as("the ring goes back to the key that signed before")
        .isZero();
  }

  @Test
  void theDefaultKeyVerifiesTokensWithKidZeroAndWithNone() {
    String issued = client.login("admin@example.com", "correct horse");
    String claims = Tokens.claims(issued).toString();
    Path key = platform.keyDirectory("useradm").resolve("private.pem");
    assertThat(client.statusWith(Tokens.signed(key, claims, null, false)))
        .as("no kid")
        .isEqualTo(200);
    assertThat(client.statusWith(Tokens.signed(key, claims, 0L, true))).as("kid 0").isEqualTo(200);
    assertThat(client.statusWith(Tokens.signed(key, claims, 0L, false)))
        .as("kid \"0\"")
        .isEqualTo(200);
    assertThat(client.statusWith(Tokens.signed(key, claims, 77L, true)))
        .as("a kid that names no key")
        .isEqualTo(401);
  }

  @Test
  void keysOfAllTypesWorkInOneRing() {
    List<String> texts =
        List.of(
            KeyFiles.sec1(KeyFiles.ec("secp256r1")),
            KeyFiles.pkcs8(KeyFiles.ed25519()),
            KeyFiles.pkcs8(KeyFiles.ec("secp384r1")),
            KeyFiles.pkcs1(KeyFiles.rsa(3072)));
    List<String> algs = List.of("ES256", "EdDSA", "ES384", "RS256");
    List<String> tokens = new java.util.ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      long kid = 100L + i;
      KeyFiles.place(
          platform.keyDirectory("useradm").resolve("private.id." + kid + ".pem"), texts.get(i));
      platform.awaitState("useradm", kid, KeyState.KEY_STATE_ANNOUNCED);
      platform
          .admin()
          .activateKey(ActivateKeyRequest.newBuilder().setRing("useradm").setKid(kid).build());
      String token = client.login("admin@example.com", "correct horse");
      assertThat(Tokens.header(token).path("alg").asText()).isEqualTo(algs.get(i));
      assertThat(Tokens.kid(token)).isEqualTo(kid);
      tokens.add(token);
    }
    assertThat(tokens).allSatisfy(token -> assertThat(client.statusWith(token)).isEqualTo(200));
    platform
        .admin()
        .activateKey(ActivateKeyRequest.newBuilder().setRing("useradm").setKid(0).build());
  }

  @Test
  void aLogoutEndsTheToken() {
    String token = client.login("admin@example.com", "correct horse");
    assertThat(client.statusWith(token)).isEqualTo(200);
    HttpResponse<String> logout =
        client.send(
            client
                .authorized("/api/management/v1/useradm/auth/logout", token)
                .POST(java.net.http.HttpRequest.BodyPublishers.noBody()));
    assertThat(logout.statusCode()).isEqualTo(202);
    assertThat(client.statusWith(token)).isEqualTo(401);
  }

  private static List<String> headers(long kid) {
    return platform.kafka().keyLog().stream()
        .filter(record -> Objects.equals(header(record, "kid"), Long.toString(kid)))
        .map(record -> header(record, "type"))
        .toList();
  }

  private static String header(ConsumerRecord<String, byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  private static void report(String what, long since) {
    System.out.printf("[measured] %s: %d ms%n", what, (System.nanoTime() - since) / 1_000_000);
  }
}
