package org.rekey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// As many requests at once as one connection may have under way, whose answers come together and
/// are far more than it takes before it asks for a pause.
class ManyStreamsTest {
  private static final int AT_ONCE = 250;

  /// Whether a connection is filled and emptied again within one turn of the event loop is chance.
  private static final int ROUNDS = 20;

  private static final String ANSWER = "x".repeat(8000);
  private static final CyclicBarrier TOGETHER = new CyclicBarrier(AT_ONCE);
  private static final byte[] MUCH = ByteBuffer.allocate(4).putInt(1 << 30).array();
  private static final byte[] OPEN =
      H2.block(":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "/open");

  @TempDir static Path home;
  private static RawUpstream upstream;
  private static Gate gate;

  @BeforeAll
  static void start() {
    upstream = new RawUpstream(ManyStreamsTest::answerTogether);
    gate =
        new Gate(
            home,
            """
            routes:
              - path: /open
                audience: anyone
                connections: 1024
                upstream: %s
            """
                .formatted(upstream.url()),
            Map.of());
  }

  @AfterAll
  static void stop() {
    gate.close();
    upstream.close();
  }

  private static void answerTogether(RawUpstream.Talk talk) throws IOException {
    while (talk.readRequest()) {
      try {
        TOGETHER.await();
      } catch (InterruptedException | BrokenBarrierException e) {
        return;
      }
      talk.answer(200, ANSWER);
    }
  }

  private static IntStream streams(int round) {
    return IntStream.range(round * AT_ONCE, (round + 1) * AT_ONCE).map(i -> 2 * i + 1);
  }

  private static void ask(H2 client, int round) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    streams(round)
        .mapToObj(stream -> H2.frame(H2.HEADERS, H2.END_HEADERS | H2.END_STREAM, stream, OPEN))
        .forEach(all::writeBytes);
    client.send(all.toByteArray());
  }

  /// Those that are not answered before the connection falls silent.
  private static Set<Integer> open(H2 client, int round) {
    Set<Integer> open = new TreeSet<>(streams(round).boxed().toList());
    try {
      while (!open.isEmpty()) {
        H2.Frame frame = client.read();
        if (frame.type() == H2.DATA && (frame.flags() & H2.END_STREAM) != 0) {
          open.remove(frame.stream());
        }
      }
    } catch (IOException e) {
      return open;
    }
    return open;
  }

  @Test
  void allAreAnswered() throws IOException {
    try (H2 client = new H2(gate)) {
      client.patience(20_000);
      client.send(H2.WINDOW_UPDATE, 0, 0, MUCH);
      for (int round = 0; round < ROUNDS; round++) {
        ask(client, round);
        assertThat(open(client, round)).as("not answered in round %d", round).isEmpty();
      }
    }
  }
}
