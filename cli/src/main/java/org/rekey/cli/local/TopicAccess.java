package org.rekey.cli.local;

import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/// What a service needs to do with a topic, for a Kafka that lets nobody do what is not allowed.
/// Nobody but the keystore may write the key log. No consumer groups: every replica reads all.
///
/// @param service also the name in its certificate
public record TopicAccess(String service, String topic, List<AclOperation> operations) {
  private static final String KEY_LOG = "rekey.keystore.key-log.v1";

  /// It makes the topic, sees to its settings and writes.
  private static final List<AclOperation> OWNER =
      List.of(
          AclOperation.CREATE,
          AclOperation.DESCRIBE,
          AclOperation.DESCRIBE_CONFIGS,
          AclOperation.ALTER_CONFIGS,
          AclOperation.WRITE);

  private static final List<AclOperation> READER =
      List.of(AclOperation.DESCRIBE, AclOperation.READ);

  public TopicAccess {
    operations = List.copyOf(operations);
  }

  /// Of all services.
  public static List<TopicAccess> all() {
    return List.of(
        new TopicAccess("keystore", KEY_LOG, ownerAndReader()),
        new TopicAccess("useradm", KEY_LOG, READER),
        new TopicAccess("useradm", "rekey.useradm.token.v1", ownerAndReader()),
        new TopicAccess("deviceauth", KEY_LOG, READER),
        new TopicAccess("deviceauth", "rekey.deviceauth.token.v1", ownerAndReader()),
        new TopicAccess("deviceauth", "rekey.deviceauth.device.v1", OWNER));
  }

  public Stream<AclBinding> bindings() {
    return operations.stream()
        .map(
            operation ->
                new AclBinding(
                    new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
                    new AccessControlEntry(
                        "User:" + service, "*", operation, AclPermissionType.ALLOW)));
  }

  private static List<AclOperation> ownerAndReader() {
    return Stream.concat(OWNER.stream(), Stream.of(AclOperation.READ)).toList();
  }
}
