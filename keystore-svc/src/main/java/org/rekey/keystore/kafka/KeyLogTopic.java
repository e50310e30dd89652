package org.rekey.keystore.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The topic of the key log as it has to be: one partition, kept for ever.
final class KeyLogTopic {
  static final String NAME = "rekey.keystore.key-log.v1";

  private static final Logger LOG = LoggerFactory.getLogger(KeyLogTopic.class);
  private static final Map<String, String> CONFIG =
      Map.of(
          TopicConfig.RETENTION_MS_CONFIG, "-1",
          TopicConfig.RETENTION_BYTES_CONFIG, "-1",
          TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);

  private KeyLogTopic() {}

  /// Makes it or mends its settings; returns how many records it has ever had.
  static long ensure(String bootstrap) throws InterruptedException, ExecutionException {
    var admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
                AdminClientConfig.CLIENT_ID_CONFIG, "rekey-keystore",
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5_000,
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 5_000));
    try {
      if (create(admin)) {
        return 0;
      }
      mend(admin);
      var partition = new TopicPartition(NAME, 0);
      return admin
          .listOffsets(Map.of(partition, OffsetSpec.latest()))
          .partitionResult(partition)
          .get()
          .offset();
    } finally {
      // Without waiting for calls that are under way: the service may be stopping.
      admin.close(Duration.ZERO);
    }
  }

  private static boolean create(Admin admin) throws InterruptedException, ExecutionException {
    try {
      admin
          .createTopics(
              List.of(new NewTopic(NAME, Optional.of(1), Optional.empty()).configs(CONFIG)))
          .all()
          .get();
      LOG.atInfo().addKeyValue("topic", NAME).log("Kafka topic made");
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false;
      }
      throw e;
    }
  }

  /// A consumer or another tool may have made it with the broker's defaults, which forget.
  private static void mend(Admin admin) throws InterruptedException, ExecutionException {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, NAME);
    var config = admin.describeConfigs(List.of(resource)).values().get(resource);
    if (config == null) {
      return;
    }
    var current = config.get();
    var wrong =
        CONFIG.entrySet().stream()
            .filter(
                wanted -> {
                  var entry = current.get(wanted.getKey());
                  return entry == null || !wanted.getValue().equals(entry.value());
                })
            .map(
                wanted ->
                    new AlterConfigOp(
                        new ConfigEntry(wanted.getKey(), wanted.getValue()),
                        AlterConfigOp.OpType.SET))
            .toList();
    if (!wrong.isEmpty()) {
      admin.incrementalAlterConfigs(Map.of(resource, wrong)).all().get();
      LOG.atWarn()
          .addKeyValue("topic", NAME)
          .log("Kafka topic had settings that forget events; set to keep them for ever");
    }
  }
}
