package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Broker;
import org.rekey.e2e.platform.BrokerCluster;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.testkit.PostgresExtension;

/// Kafka as it is run where it matters: three brokers, three copies, two of which must have a
/// record.
class KafkaClusterIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final Duration ACKS = Duration.ofSeconds(20);

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir Path directory;

  @Test
  void aBrokerThatIsKilledDuringARotationCostsNothing() throws Exception {
    try (BrokerCluster kafka = BrokerCluster.start(folder("brokers"));
        Platform platform =
            Platform.builder(folder("platform"), POSTGRES)
                .keystoreSetting("KEYSTORE_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap())
                .useradmSetting("USERADM_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap())
                .deviceauthSetting("DEVICEAUTH_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap())
                .start();
        Client client = new Client(platform, HttpClient.Version.HTTP_1_1)) {
      platform.createUser("admin@example.com", "correct horse");
      await().atMost(SOON).until(() -> kafka.copies(Broker.KEY_LOG).inSync() == 3);
      List<String> tokens = new ArrayList<>();
      tokens.add(login(client));

      platform.announce("useradm", 7);
      int leader = kafka.leader(Broker.KEY_LOG);
      kafka.kill(leader);
      platform.activate("useradm", 7, ACKS);
      tokens.add(login(client));
      platform.announce("useradm", 8);
      platform.activate("useradm", 8, ACKS);
      tokens.add(login(client));

      assertThat(tokens.stream().map(Tokens::kid)).containsExactly(0L, 7L, 8L);
      assertThat(tokens).allSatisfy(token -> assertThat(client.statusWith(token)).isEqualTo(200));
      long head = platform.awaitAllCaughtUp().getHeadEpoch();
      await()
          .atMost(SOON)
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  assertThat(kafka.keys(Broker.KEY_LOG).stream().distinct())
                      .as("two brokers are enough to write, in order and without a hole")
                      .containsExactlyElementsOf(
                          LongStream.rangeClosed(1, head).mapToObj(Long::toString).toList()));

      kafka.startAgain(leader);
      await()
          .atMost(SOON)
          .ignoreExceptions()
          .until(
              () ->
                  kafka.copies(Broker.KEY_LOG).equals(new BrokerCluster.Copies(3, 3))
                      && kafka.copies(Broker.TOKENS).equals(new BrokerCluster.Copies(3, 3)));
      assertThat(client.statusWith(login(client))).isEqualTo(200);
    }
  }

  private static String login(Client client) {
    return client.login("admin@example.com", "correct horse");
  }

  private Path folder(String name) throws java.io.IOException {
    return Files.createDirectory(directory.resolve(name));
  }
}
