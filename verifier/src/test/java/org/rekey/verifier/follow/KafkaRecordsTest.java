package org.rekey.verifier.follow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KafkaRecordsTest {
  private static final TopicPartition PARTITION = new TopicPartition(KafkaRecords.TOPIC, 0);

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
  private final KafkaRecords records =
      new KafkaRecords(consumer, KafkaRecords.TOPIC, KafkaRecords.Start.FIRST_RECORD);
  private long offset = 40;

  KafkaRecordsTest() {
    consumer.updateBeginningOffsets(Map.of(PARTITION, 40L));
    consumer.updateEndOffsets(Map.of(PARTITION, 43L));
  }

  @Test
  void readsTheOnlyPartitionFromItsStart() {
    send("one");
    send("two");

    assertThat(consumer.assignment()).containsExactly(PARTITION);
    assertThat(records.poll(Duration.ZERO).values())
        .containsExactly("one".getBytes(UTF_8), "two".getBytes(UTF_8));
    assertThat(records.poll(Duration.ZERO).values()).isEmpty();
  }

  @Test
  void handsOutTombstonesAsEmptyValues() {
    send(null);

    assertThat(records.poll(Duration.ZERO).values()).containsExactly(new byte[0]);
  }

  @Test
  void startsOver() {
    send("one");
    records.poll(Duration.ZERO);

    records.rewind();

    records.poll(Duration.ZERO);
    assertThat(consumer.position(PARTITION)).isEqualTo(40);
  }

  @Test
  void returnsFromAPollThatIsWoken() {
    records.wakeup();

    var poll = records.poll(Duration.ofMinutes(1));

    assertThat(poll.values()).isEmpty();
    assertThat(poll.answered()).isFalse();
  }

  @Test
  void closesItsConsumer() {
    records.close();

    assertThat(consumer.closed()).isTrue();
  }

  private void send(@Nullable String value) {
    consumer.addRecord(
        new ConsumerRecord<>(
            KafkaRecords.TOPIC,
            0,
            offset++,
            new byte[0],
            value == null ? null : value.getBytes(UTF_8)));
  }
}
