package org.rekey.runtime.kafka;

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

/// A topic of one partition as it has to be, whatever the broker's defaults are.
public record Topic(String name, Map<String, String> config) {
  private static final Logger LOG = LoggerFactory.getLogger(Topic.class);

  public Topic {
    config = Map.copyOf(config);
  }

  /// Forgets nothing.
  public static Topic keptForEver(String name) {
    return of(name, "-1");
  }

  /// Forgets records after some time.
  public static Topic kept(String name, Duration retention) {
    return of(name, Long.toString(retention.toMillis()));
  }

  private static Topic of(String name, String retentionMillis) {
    return new Topic(
        name,
        Map.of(
            TopicConfig.RETENTION_MS_CONFIG,
            retentionMillis,
            TopicConfig.RETENTION_BYTES_CONFIG,
            "-1",
            TopicConfig.CLEANUP_POLICY_CONFIG,
            TopicConfig.CLEANUP_POLICY_DELETE));
  }

  /// Makes it or mends its settings; returns how many records it has ever had.
  public long ensure(KafkaCluster kafka, String clientId)
      throws InterruptedException, ExecutionException {
    Map<String, Object> client = kafka.client();
    client.putAll(
        Map.of(
            AdminClientConfig.CLIENT_ID_CONFIG, clientId,
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5_000,
            AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 5_000));
    Admin admin = Admin.create(client);
    try {
      if (create(admin)) {
        return 0;
      }
      mend(admin);
      TopicPartition partition = new TopicPartition(name, 0);
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

  private boolean create(Admin admin) throws InterruptedException, ExecutionException {
    try {
      admin
          .createTopics(
              List.of(new NewTopic(name, Optional.of(1), Optional.empty()).configs(config)))
          .all()
          .get();
      LOG.atInfo().addKeyValue("topic", name).log("Kafka topic made");
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false;
      }
      throw e;
    }
  }

  /// A consumer or another tool may have made it with the broker's defaults.
  private void mend(Admin admin) throws InterruptedException, ExecutionException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
    var described = admin.describeConfigs(List.of(resource)).values().get(resource);
    if (described == null) {
      return;
    }
    var current = described.get();
    List<AlterConfigOp> wrong =
        config.entrySet().stream()
            .filter(
                wanted -> {
                  ConfigEntry entry = current.get(wanted.getKey());
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
          .addKeyValue("topic", name)
          .log("Kafka topic had other settings than it must have; they are set now");
    }
  }
}
