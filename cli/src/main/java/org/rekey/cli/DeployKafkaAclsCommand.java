package org.rekey.cli;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.local.TopicAccess;
import org.rekey.runtime.kafka.KafkaCluster;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `rekey deploy kafka-acls`.
@Command(
    name = "kafka-acls",
    description = {
      "Lets every service use its own topics of a Kafka with an authorizer. Nobody but the keystore",
      "may write the key log. A service is the principal User:NAME, e.g. User:keystore. Rules that",
      "are there are kept."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey deploy kafka-acls --bootstrap kafka:9092 --config kafka.properties",
      "  rekey deploy kafka-acls --bootstrap kafka:9092 --dry-run"
    })
final class DeployKafkaAclsCommand implements Runnable {
  private static final int PATIENCE_MILLIS = 30_000;

  private final Console console;

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT,…",
      required = true,
      description = "The brokers.")
  private String bootstrap = "";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "What TLS and SASL need, as in …_KAFKA_CONFIG (default: plain connections).")
  private @Nullable Path config;

  @Option(names = "--dry-run", description = "Show the rules, and change nothing.")
  private boolean isDryRun;

  @Option(names = "--json", description = "Print the rules as JSON, and nothing else.")
  private boolean isJson;

  DeployKafkaAclsCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    if (!isDryRun) {
      create(TopicAccess.all().stream().flatMap(TopicAccess::bindings).toList());
    }
    if (isJson) {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.put("changed", !isDryRun);
      var rules = json.putArray("rules");
      for (TopicAccess access : TopicAccess.all()) {
        ObjectNode rule = rules.addObject();
        rule.put("principal", "User:" + access.service()).put("topic", access.topic());
        access
            .operations()
            .forEach(operation -> rule.withArray("operations").add(operation.name()));
      }
      console.json(json);
      return;
    }
    for (TopicAccess access : TopicAccess.all()) {
      console.line(
          "%s may on %s: %s"
              .formatted(
                  access.service(),
                  access.topic(),
                  access.operations().stream().map(AclOperation::name).collect(joining(", "))));
    }
    if (isDryRun) {
      console.line("nothing was changed (--dry-run)");
    }
  }

  private void create(List<AclBinding> bindings) {
    Path file = config;
    KafkaCluster kafka =
        file == null ? KafkaCluster.at(bootstrap) : KafkaCluster.of(bootstrap, file);
    Map<String, Object> client = kafka.client();
    client.put(AdminClientConfig.CLIENT_ID_CONFIG, "rekey-operator");
    client.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
    client.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
    try (Admin admin = Admin.create(client)) {
      var _ = admin.createAcls(bindings).all().get();
    } catch (ExecutionException e) {
      throw failed(e.getCause() == null ? e : e.getCause());
    } catch (KafkaException e) {
      throw failed(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed("interrupted", e);
    }
  }

  private CommandFailed failed(Throwable e) {
    return new CommandFailed(
        """
        Kafka at %s: its rules cannot be changed: %s (expected: a broker with an authorizer, and a \
        principal that may ALTER the cluster)"""
            .formatted(bootstrap, e.getMessage()),
        e);
  }
}
