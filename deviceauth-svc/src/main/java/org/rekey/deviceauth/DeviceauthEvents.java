package org.rekey.deviceauth;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.rekey.deviceauth.postgres.DeviceEvents;
import org.rekey.runtime.kafka.KafkaCluster;
import org.rekey.runtime.kafka.Topic;
import org.rekey.runtime.outbox.Outbox;
import org.rekey.runtime.outbox.OutboxRelay;
import org.rekey.runtime.outbox.OutboxTopic;
import org.rekey.runtime.server.Lifecycle;
import org.rekey.verifier.serve.TokenSeal;
import org.rekey.verifier.serve.VerdictService;

/// What goes out to Kafka and comes in from it.
///
/// @param bus null without Kafka
record DeviceauthEvents(Outbox outbox, VerdictService.@Nullable Bus bus) {
  static final DeviceauthEvents NONE = new DeviceauthEvents(Outbox.closed(), null);

  static final String TOKENS = "rekey.deviceauth.token.v1";

  /// A replica that was away for longer has nothing in memory that it would have to forget.
  private static final Duration TOKENS_KEPT = Duration.ofDays(1);

  /// A consumer that was away for a week has to read the devices anew.
  private static final Duration DEVICES_KEPT = Duration.ofDays(7);

  /// Begins to publish what waits.
  static DeviceauthEvents through(
      KafkaCluster kafka, Jdbi jdbi, Lifecycle lifecycle, MeterRegistry meters) {
    TokenSeal seal = new TokenSeal(TOKENS, OutboxRelay.secret(jdbi, TOKENS));
    OutboxTopic tokens =
        new OutboxTopic(
            Topic.kept(TOKENS, TOKENS_KEPT), seal::seal, Optional.of(TokenSeal::watermark));
    OutboxTopic devices =
        new OutboxTopic(
            Topic.kept(DeviceEvents.TOPIC, DEVICES_KEPT), (_, event) -> event, Optional.empty());
    OutboxRelay relay =
        lifecycle.manage(
            "outbox", new OutboxRelay("deviceauth", kafka, jdbi, List.of(tokens, devices), meters));
    relay.start();
    return new DeviceauthEvents(
        Outbox.open(relay::ring), VerdictService.Bus.of(kafka.client(), seal));
  }
}
