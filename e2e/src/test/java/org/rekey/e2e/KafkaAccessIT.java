package org.rekey.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.cli.local.StackSecrets;
import org.rekey.e2e.platform.Command;
import org.rekey.runtime.kafka.KafkaCluster;
import org.rekey.runtime.kafka.Topic;
import org.rekey.testkit.KafkaBroker;
import org.rekey.verifier.follow.KafkaRecords;

/// A real broker as `deploy/compose` sets it up: TLS on both sides, and rules for who may do what,
/// made by `rekey deploy kafka-acls`.
class KafkaAccessIT {
  private static final String KEY_LOG = "rekey.keystore.key-log.v1";
  private static final byte[] EVENT = "event".getBytes(UTF_8);

  @TempDir static Path directory;
  private static KafkaBroker broker;

  @BeforeAll
  static void start() throws IOException, ExecutionException, InterruptedException {
    var _ = new StackSecrets(secrets(), List.of(), Instant.now(), new SecureRandom()).ensure();
    Map<String, String> settings = new HashMap<>(tls("kafka"));
    settings.remove("security.protocol");
    settings.put("listener.security.protocol.map", "BROKER:SSL,CONTROLLER:SSL");
    settings.put("ssl.client.auth", "required");
    settings.put("ssl.principal.mapping.rules", "RULE:^CN=([a-z]+)$/$1/,DEFAULT");
    settings.put(
        "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
    settings.put("super.users", "User:kafka;User:operator");
    broker = new KafkaBroker(Files.createDirectory(directory.resolve("broker")), settings);
    Command made =
        Command.rekey(
            directory,
            "",
            "deploy",
            "kafka-acls",
            "--bootstrap",
            broker.bootstrap(),
            "--config",
            properties("operator").toString());
    assertThat(made.exit()).as(made.err()).isZero();
    var _ = Topic.keptForEver(KEY_LOG).ensure(cluster("keystore"), "keystore");
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static Path secrets() {
    return directory.resolve("secrets");
  }

  private static Map<String, String> tls(String name) {
    return Map.of(
        "security.protocol", "SSL",
        "ssl.keystore.type", "PEM",
        "ssl.keystore.location", secrets().resolve(name).resolve("kafka.pem").toString(),
        "ssl.truststore.type", "PEM",
        "ssl.truststore.location", secrets().resolve(name).resolve("kafka-ca.pem").toString());
  }

  private static Path properties(String name) throws IOException {
    StringBuilder text = new StringBuilder();
    tls(name).forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
    return Files.writeString(directory.resolve(name + ".properties"), text);
  }

  private static KafkaCluster cluster(String name) throws IOException {
    return KafkaCluster.of(broker.bootstrap(), properties(name));
  }

  private static void write(KafkaCluster kafka, String topic)
      throws ExecutionException, InterruptedException {
    Map<String, Object> client = kafka.client();
    client.put("max.block.ms", 10_000);
    client.put("delivery.timeout.ms", 10_000);
    client.put("request.timeout.ms", 5_000);
    client.put("linger.ms", 0);
    try (var producer =
        new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
      try {
        producer.send(new ProducerRecord<>(topic, EVENT)).get(15, TimeUnit.SECONDS);
      } catch (java.util.concurrent.TimeoutException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void theKeystoreWritesTheKeyLogAndTheOthersReadIt() throws Exception {
    write(cluster("keystore"), KEY_LOG);
    for (String issuer : List.of("useradm", "deviceauth")) {
      try (var records = KafkaRecords.factory(cluster(issuer).client()).open()) {
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> !records.poll(Duration.ofMillis(250)).values().isEmpty());
      }
    }
  }

  @Test
  void nobodyElseWritesTheKeyLog() throws Exception {
    for (String issuer : List.of("useradm", "deviceauth")) {
      KafkaCluster kafka = cluster(issuer);
      assertThatThrownBy(() -> write(kafka, KEY_LOG))
          .as(issuer)
          .rootCause()
          .isInstanceOfAny(TopicAuthorizationException.class, ClusterAuthorizationException.class);
    }
  }

  @Test
  void anIssuerWritesItsOwnTopicAndNotAnothers() throws Exception {
    String own = "rekey.useradm.token.v1";
    var _ = Topic.kept(own, Duration.ofHours(1)).ensure(cluster("useradm"), "useradm");
    write(cluster("useradm"), own);
    KafkaCluster other = cluster("deviceauth");
    assertThatThrownBy(() -> write(other, own))
        .rootCause()
        .isInstanceOf(TopicAuthorizationException.class);
  }

  @Test
  void nobodyGetsInWithoutACertificate() throws Exception {
    Map<String, String> nameless = new HashMap<>(tls("useradm"));
    nameless.remove("ssl.keystore.location");
    nameless.remove("ssl.keystore.type");
    KafkaCluster kafka = new KafkaCluster(broker.bootstrap(), nameless);
    assertThatThrownBy(() -> write(kafka, KEY_LOG))
        .rootCause()
        .isInstanceOfAny(
            SslAuthenticationException.class, javax.net.ssl.SSLHandshakeException.class);
  }
}
