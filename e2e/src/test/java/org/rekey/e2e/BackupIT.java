package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.proto.keystore.v1.HoldKeyRequest;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.testkit.PostgresExtension;
import org.rekey.verifier.log.ChainCursor;

/// What docs/backup.md promises: database and key directories are all that must be kept, and an
/// older copy of the key log is not gone on with.
class BackupIT {
  private static final String EMAIL = "admin@example.com";
  private static final String PASSWORD = "correct horse";
  private static final String DEVICES = "/api/devices/v1/deployments/device/deployments/next";

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir Path directory;

  @Test
  void tokensFromBeforeVerifyOnFreshMachinesAndTheLogGoesOn() throws Exception {
    String early;
    String late;
    String ofDevice;
    List<SignedKeyEvent> log;
    Platform lost = Platform.start(folder("lost"), POSTGRES);
    try (Client client = client(lost)) {
      lost.createUser(EMAIL, PASSWORD);
      early = client.login(EMAIL, PASSWORD);
      DeviceStandIn device =
          DeviceOwner.of(lost, client).preauthorize(DeviceStandIn.fresh()).device();
      ofDevice = client.send(device.request(client)).body();
      rotate(lost, 7);
      late = client.login(EMAIL, PASSWORD);
      log = lost.keyLog();
    } finally {
      lost.close();
    }
    Platform.Backup backup = lost.backup(folder("backup"));

    try (Platform fresh = Platform.builder(folder("fresh"), POSTGRES).restored(backup).start();
        Client client = client(fresh)) {
      assertThat(List.of(Tokens.kid(early), Tokens.kid(late))).containsExactly(0L, 7L);
      for (String token : List.of(early, late)) {
        assertThat(client.statusWith(token)).isEqualTo(200);
        assertThat(client.statusWith(Tokens.withBrokenSignature(token))).isEqualTo(401);
      }
      assertThat(client.send(client.authorized(DEVICES, ofDevice)).statusCode()).isEqualTo(200);
      assertThat(fresh.keyLog()).as("nothing was lost or added").isEqualTo(log);

      rotate(fresh, 8);
      assertThat(Tokens.kid(client.login(EMAIL, PASSWORD))).isEqualTo(8);
      assertThat(client.statusWith(late)).isEqualTo(200);
      fresh.awaitAllCaughtUp();
      assertThatTheChainIsWhole(fresh, log.size() + 2);
    }
  }

  /// Kafka is new too, so that nobody but the verifiers knows how long the log was.
  @Test
  void runningVerifiersKeepTheKeystoreFromGoingOnWithAnOlderLog() throws Exception {
    Platform first = Platform.start(folder("first"), POSTGRES);
    first.createUser(EMAIL, PASSWORD);
    first.close();
    Platform.Backup older = first.backup(folder("older"));

    try (Platform platform =
            Platform.builder(folder("running"), POSTGRES)
                .restored(new Platform.Backup(POSTGRES.copyOf(older.database()), older.files()))
                .start();
        Client client = client(platform)) {
      rotate(platform, 7);
      String token = client.login(EMAIL, PASSWORD);
      platform.awaitAllCaughtUp();
      platform.stopKeystore();
      platform.kafka().kill();
      Files.delete(platform.keyFile("useradm", 7));

      platform.restoreKeystore(older);
      platform.startKeystore();

      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(platform.readiness("keystore").body())
                      .contains(
                          "key log: rolled back: the journal ends at epoch ", "docs/backup.md"));
      assertThat(platform.readiness("keystore").statusCode()).isEqualTo(503);
      assertThat(client.tryLogin(EMAIL, PASSWORD).statusCode())
          .as("a key that the log may have withdrawn signs nothing")
          .isEqualTo(503);
      assertThatThrownBy(
              () ->
                  platform
                      .admin()
                      .holdKey(HoldKeyRequest.newBuilder().setRing("useradm").setKid(0).build()))
          .hasMessageContaining("FAILED_PRECONDITION: key log: rolled back");
      assertThat(client.statusWith(token)).as("verification goes on").isEqualTo(200);
    }
  }

  private static void assertThatTheChainIsWhole(Platform platform, int length) {
    ChainCursor cursor = ChainCursor.atGenesis(List.of(platform.logKey()));
    assertThat(platform.keyLog())
        .hasSize(length)
        .allSatisfy(event -> assertThat(cursor.accept(event)).isInstanceOf(ChainCursor.Next.class));
  }

  /// A keystore that has just started activates nothing for a lease.
  private static void rotate(Platform platform, long kid) {
    platform.announce("useradm", kid);
    platform.activate("useradm", kid, Duration.ofSeconds(25));
  }

  private Path folder(String name) throws java.io.IOException {
    return Files.createDirectory(directory.resolve(name));
  }

  private static Client client(Platform platform) {
    return new Client(platform, HttpClient.Version.HTTP_1_1);
  }
}
