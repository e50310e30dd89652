package org.rekey.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortsTest {
  @TempDir Path directory;

  private Ports ports() {
    return new Ports(directory.resolve("ports.json"), new Random());
  }

  @Test
  void areTheSameTheNextTimeWhileTheyAreFree() throws IOException {
    Ports first = ports();
    int kafka = first.of("kafka");
    int postgres = first.of("postgres");
    first.save();
    assertThat(ports().of("kafka")).isEqualTo(kafka);
    try (var taken = new ServerSocket(postgres, 1, InetAddress.getLoopbackAddress())) {
      assertThat(ports().of("postgres")).isNotEqualTo(taken.getLocalPort());
    }
  }

  @Test
  void areNeverGivenTwice() {
    Ports ports = ports();
    assertThat(java.util.stream.IntStream.range(0, 50).map(i -> ports.of("port" + i)).distinct())
        .hasSize(50);
  }

  @Test
  void ofAnInstanceThatStartsAtTheSameTimeAreOthersAndCanBeListenedTo() throws IOException {
    Ports one = new Ports(directory.resolve("one.json"), new Random(7));
    Ports other = new Ports(directory.resolve("other.json"), new Random(7));
    for (int i = 0; i < 20; i++) {
      int port = one.of("port" + i);
      assertThat(other.of("port" + i)).isNotEqualTo(port);
      try (var listening = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        assertThat(listening.getLocalPort()).isEqualTo(port);
      }
    }
  }

  @Test
  void doWithoutAMemoryThatCannotBeRead() throws IOException {
    Files.writeString(directory.resolve("ports.json"), "{\"kafka\": ");
    assertThat(ports().of("kafka")).isPositive();
  }
}
