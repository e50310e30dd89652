package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Installation;

/// The signing system: keys of `./rekey up`, artifacts of Debian's `mender-artifact`, and what each
/// says of the other's. One key after the other comes and goes.
@EnabledIf("isInstalled")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ArtifactIT {
  private static final int DAMAGED = 3;
  private static final int UNSIGNED = 4;
  private static final int UNTRUSTED = 5;

  @TempDir static Path directory;
  private static Installation installation;

  static boolean isInstalled() {
    boolean is = Command.isInstalled("mender-artifact");
    if (!is) {
      System.err.println(
          "mender-artifact is not installed (apt-get install mender-artifact): left out");
    }
    return is;
  }

  @BeforeAll
  static void start() throws IOException {
    Files.writeString(directory.resolve("routes.yaml"), "routes: []\n");
    installation =
        Installation.start(
            directory, "GATEWAY_ROUTES=" + directory.resolve("routes.yaml").toString());
    var bytes = new byte[200_000];
    new Random(11).nextBytes(bytes);
    Files.write(directory.resolve("root.ext4"), bytes);
    installation.json("keys", "generate", "artifact", "1", "--type", "rsa-3072", "--activate");
  }

  @AfterAll
  static void stop() {
    if (installation != null) {
      installation.close();
    }
  }

  private static Path written(String name, String... more) {
    Path file = directory.resolve(name + ".mender");
    List<String> line =
        new ArrayList<>(
            List.of("mender-artifact", "write", "rootfs-image", "-t", "dev", "-n", name));
    line.addAll(List.of("-f", directory.resolve("root.ext4").toString(), "-o", file.toString()));
    line.addAll(List.of(more));
    Command write = Command.run(Map.of(), "", line);
    assertThat(write.exit()).as(write.out() + write.err()).isZero();
    return file;
  }

  private static Path publicKey(long kid) throws IOException {
    Command printed = installation.rekey("artifact", "public-key", Long.toString(kid));
    assertThat(printed.exit()).as(printed.err()).isZero();
    return Files.writeString(directory.resolve(kid + ".pub.pem"), printed.out());
  }

  private static void mendersProgramValidates(Path file, long kid) throws IOException {
    Command validated =
        Command.run(
            Map.of(),
            "",
            List.of(
                "mender-artifact", "validate", "-k", publicKey(kid).toString(), file.toString()));
    assertThat(validated.out() + validated.err()).contains("validated successfully");
  }

  private static Command verify(Path file, String... by) {
    List<String> line = new ArrayList<>(List.of("artifact", "verify", file.toString()));
    line.addAll(List.of(by));
    return installation.rekey(line.toArray(String[]::new));
  }

  @Test
  @Order(1)
  void signsWhatMendersProgramWroteAndItValidatesThat() throws IOException {
    Path file = written("release-1");
    assertThat(verify(file, "--any").exit()).isEqualTo(UNSIGNED);

    JsonNode signed =
        installation.json("artifact", "sign", file.toString(), "--reason", "for the field");

    assertThat(signed.path("kid").asLong()).isEqualTo(1);
    mendersProgramValidates(file, 1);
    assertThat(verify(file, "--kid", "1").exit()).isZero();
    assertThat(verify(file, "--any").out()).contains("signed by kid 1 of artifact (ACTIVE)");
    assertThat(verify(file, "--kid", "0").exit()).isEqualTo(UNTRUSTED);
    assertThat(verify(file, "--key", publicKey(1).toString()).exit()).isZero();
    Command again = installation.rekey("artifact", "sign", file.toString());
    assertThat(again.exit()).isEqualTo(1);
    assertThat(again.err()).contains("is signed already (--force replaces the signature)");

    List<JsonNode> entries = new ArrayList<>();
    installation.json("keys", "log", "artifact").forEach(entries::add);
    assertThat(entries.getLast().path("event").asText()).isEqualTo("MANIFEST_SIGNED");
    assertThat(entries.getLast().path("artifact").asText()).isEqualTo("release-1");
    assertThat(entries.getLast().path("actor").asText()).isEqualTo("operator");
    assertThat(entries.getLast().path("reason").asText()).isEqualTo("for the field");
    assertThat(entries.getLast().path("manifest_sha256").asText())
        .isEqualTo(signed.path("manifest_sha256").asText());
    assertThat(installation.rekey("keys", "log", "verify").exit()).isZero();
  }

  @Test
  @Order(2)
  void signsNothingThatIsDamaged() throws IOException {
    Path file = written("damaged");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 50_000] ^= 1;
    Files.write(file, bytes);

    Command signed = installation.rekey("artifact", "sign", file.toString());

    assertThat(signed.exit()).isEqualTo(DAMAGED);
    assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    assertThat(verify(file, "--any").exit()).isEqualTo(DAMAGED);
  }

  @Test
  @Order(3)
  void readsWhatIsInAnArtifact() {
    Path file = written("read-me");
    JsonNode read = installation.json("artifact", "read", file.toString());
    assertThat(read.path("name").asText()).isEqualTo("read-me");
    assertThat(read.path("payloads").path(0).path("files").path(0).path("size").asLong())
        .isEqualTo(200_000);
    assertThat(installation.rekey("artifact", "read", file.toString()).out())
        .contains("read-me", "rootfs-image", "root.ext4");
  }

  @Test
  @Order(4)
  void theOldKeyGoesOnForDevicesThatKnowNoOther() throws IOException {
    installation.json("keys", "generate", "artifact", "2", "--type", "p-256", "--activate");
    Path newer = written("release-2");
    assertThat(installation.json("artifact", "sign", newer.toString()).path("kid").asLong())
        .isEqualTo(2);
    mendersProgramValidates(newer, 2);
    Path older = written("release-2-old");
    installation.json("artifact", "sign", older.toString(), "--kid", "1");
    mendersProgramValidates(older, 1);
    assertThat(installation.rekey("artifact", "public-key", "1", "2").out())
        .containsPattern("(?s)BEGIN PUBLIC KEY.*END PUBLIC KEY.*BEGIN PUBLIC KEY");
  }

  @Test
  @Order(5)
  void aRetiredKeyCountsForWhatItSignedAndForNothingElse() throws IOException {
    // Whoever has the file can sign without the keystore, and leaves nothing in its log.
    Path secret = directory.resolve("stolen.pem");
    Command.run(
        Map.of(),
        "",
        List.of(
            "openssl",
            "rsa",
            "-traditional",
            "-in",
            installation
                .json("keys", "list", "1", "--ring", "artifact")
                .get(0)
                .path("file")
                .asText(),
            "-out",
            secret.toString()));
    Path elsewhere = written("elsewhere", "-k", secret.toString());
    assertThat(verify(elsewhere, "--any").out()).contains("it was signed elsewhere");

    installation.json("keys", "retire", "artifact", "1", "--force", "--yes", "--reason", "a test");

    Path old = directory.resolve("release-1.mender");
    assertThat(verify(old, "--kid", "1").exit()).isZero();
    assertThat(verify(old, "--any").out()).contains("(RETIRED)");
    Command refused = verify(elsewhere, "--any");
    assertThat(refused.exit()).isEqualTo(UNTRUSTED);
    assertThat(refused.err()).contains("kid 1 is retired");
    assertThat(
            installation.rekey("artifact", "sign", written("late").toString(), "--kid", "1").err())
        .contains("kid 1 of ring artifact is RETIRED");
  }

  @Test
  @Order(6)
  void aCompromisedKeyCountsForNothing() {
    Path file = directory.resolve("release-2.mender");
    assertThat(verify(file, "--kid", "2").exit()).isZero();

    installation.rekey("keys", "compromise", "artifact", "2", "--reason", "stolen", "--yes");

    Command refused = verify(file, "--any", "--json");
    assertThat(refused.exit()).isEqualTo(UNTRUSTED);
    assertThat(Installation.parsed(refused).path("message").asText())
        .startsWith("kid 2 was found compromised");
    assertThat(installation.rekey("artifact", "public-key", "2").exit()).isEqualTo(1);
  }

  @Test
  @Order(7)
  void theGatewayStreamsUploadsOfMenderCliAndRefusesWhatNobodyTrustedHasSigned() throws Exception {
    assumeTrue(Command.isInstalled("mender-cli"), "mender-cli is not installed: left out");
    installation.json("keys", "generate", "artifact", "9", "--type", "rsa-2048", "--activate");
    publicKey(9);
    Path good = written("upload");
    installation.json("artifact", "sign", good.toString());
    Path unsigned = written("upload-unsigned");
    List<Long> received = new CopyOnWriteArrayList<>();
    HttpServer deployments =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    deployments.createContext(
        "/",
        call -> {
          try {
            received.add(call.getRequestBody().transferTo(OutputStream.nullOutputStream()));
            call.sendResponseHeaders(201, -1);
          } finally {
            call.close();
          }
        });
    deployments.start();
    try {
      Files.writeString(
          directory.resolve("routes.yaml"),
          """
          routes:
            - path: /api/management/v1/deployments/artifacts
              upstream: http://127.0.0.1:%d
              artifact_keys: 9.pub.pem
          """
              .formatted(deployments.getAddress().getPort()));
      installation.createUser("ada@example.com", "correct horse");
      menderCli("login", "--username", "ada@example.com", "--password", "correct horse");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> menderCli("artifacts", "upload", good.toString()).exit() == 0);
      assertThat(received).isNotEmpty().allMatch(size -> size > 200_000);
      int before = received.size();

      Command refused = menderCli("artifacts", "upload", unsigned.toString());

      assertThat(refused.exit()).isEqualTo(1);
      assertThat(refused.out() + refused.err()).contains("422");
      assertThat(received).hasSize(before);
    } finally {
      deployments.stop(0);
    }
  }

  private static Command menderCli(String... arguments) {
    List<String> line = new ArrayList<>(List.of("mender-cli", "--server", installation.gateway()));
    line.addAll(List.of(arguments));
    return Command.run(
        Map.of(
            "HOME", directory.toString(),
            "XDG_CACHE_HOME", directory.resolve("cache").toString(),
            "SSL_CERT_FILE", installation.ca().toString()),
        "",
        line);
  }
}
