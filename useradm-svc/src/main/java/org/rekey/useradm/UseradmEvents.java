package org.rekey.useradm;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
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
record UseradmEvents(Outbox outbox, VerdictService.@Nullable Bus bus) {
  static final UseradmEvents NONE = new UseradmEvents(Outbox.closed(), null);

  private static final String TOKENS = "rekey.useradm.token.v1";

  /// A replica that was away for longer has nothing in memory that it would have to forget.
  private static final Duration KEPT = Duration.ofDays(1);

  /// Begins to publish what waits.
  static UseradmEvents through(
      KafkaCluster kafka, Jdbi jdbi, Lifecycle lifecycle, MeterRegistry meters) {
    TokenSeal seal = new TokenSeal(TOKENS, OutboxRelay.secret(jdbi, TOKENS));
    OutboxTopic topic =
        new OutboxTopic(Topic.kept(TOKENS, KEPT), seal::seal, Optional.of(TokenSeal::watermark));
    OutboxRelay relay =
        lifecycle.manage("outbox", new OutboxRelay("useradm", kafka, jdbi, List.of(topic), meters));
    relay.start();
    return new UseradmEvents(Outbox.open(relay::ring), VerdictService.Bus.of(kafka.client(), seal));
  }
}
