package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Broker;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Images;
import org.rekey.e2e.platform.Platform;
import org.rekey.testkit.PostgresExtension;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/// The image `rekey/kafka` in the hands of testcontainers, as a project that embeds the verifier
/// may use it in its own tests.
class KafkaContainerIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir Path directory;

  @BeforeAll
  static void makeTheImage() {
    Images.assumeDocker();
    Images.make("kafka");
  }

  @Test
  void aBrokerOfOurImageCarriesTheKeyLogAndHasItStillAfterItWasKilled() throws Exception {
    try (KafkaContainer kafka = container()) {
      kafka.start();
      String bootstrap = kafka.getBootstrapServers();
      try (Platform platform =
              Platform.builder(Files.createDirectory(directory.resolve("platform")), POSTGRES)
                  .keystoreSetting("KEYSTORE_KAFKA_BOOTSTRAP_SERVERS", bootstrap)
                  .useradmSetting("USERADM_KAFKA_BOOTSTRAP_SERVERS", bootstrap)
                  .deviceauthSetting("DEVICEAUTH_KAFKA_BOOTSTRAP_SERVERS", bootstrap)
                  .start();
          Client client = new Client(platform, HttpClient.Version.HTTP_1_1)) {
        platform.createUser("admin@example.com", "correct horse");
        List<String> tokens = new ArrayList<>();
        tokens.add(login(client));
        turn(platform, 7);
        tokens.add(login(client));
        awaitPublished(bootstrap, platform.awaitAllCaughtUp().getHeadEpoch());

        kafka.getDockerClient().killContainerCmd(kafka.getContainerId()).exec();
        turn(platform, 8);
        tokens.add(login(client));
        kafka.getDockerClient().startContainerCmd(kafka.getContainerId()).exec();

        awaitPublished(bootstrap, platform.awaitAllCaughtUp().getHeadEpoch());
        assertThat(tokens.stream().map(Tokens::kid)).containsExactly(0L, 7L, 8L);
        assertThat(tokens).allSatisfy(token -> assertThat(client.statusWith(token)).isEqualTo(200));
      }
    }
  }

  /// With a port of the host that stays the same when the container is started again.
  private static KafkaContainer container() {
    KafkaContainer kafka =
        new KafkaContainer(
            DockerImageName.parse("rekey/kafka:" + Images.TAG)
                .asCompatibleSubstituteFor("apache/kafka"));
    kafka.setPortBindings(List.of(Platform.freePort() + ":9092"));
    return kafka;
  }

  private static void turn(Platform platform, long kid) {
    platform.announce("useradm", kid);
    platform.activate("useradm", kid, Duration.ofSeconds(20));
  }

  private static String login(Client client) {
    return client.login("admin@example.com", "correct horse");
  }

  private static void awaitPublished(String bootstrap, long head) {
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(epochs(bootstrap).stream().distinct())
                    .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, head).mapToObj(Long::toString).toList()));
  }

  /// The epochs of all events on the key log's topic, oldest first.
  private static List<String> epochs(String bootstrap) {
    TopicPartition partition = new TopicPartition(Broker.KEY_LOG, 0);
    Map<String, Object> config =
        Map.of("bootstrap.servers", bootstrap, "default.api.timeout.ms", 5_000);
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      List<String> keys = new ArrayList<>();
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(each -> keys.add(each.key()));
      }
      return keys;
    }
  }
}
