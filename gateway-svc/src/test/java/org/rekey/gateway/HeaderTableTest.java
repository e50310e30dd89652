package org.rekey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A client may ask the gateway to remember up to 4 GiB of the headers of its answers, for each
/// connection.
class HeaderTableTest {
  private static final byte[] OPEN =
      H2.block(":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "/open");

  @TempDir static Path home;

  @RegisterExtension static final GatedUpstream site = GatedUpstream.open(() -> home);

  private static byte[] tableSize(long bytes) {
    return ByteBuffer.allocate(6).putShort((short) 1).putInt((int) bytes).array();
  }

  /// Whoever comes to an answer without those before it cannot read one that refers to them.
  private static void assertThatNothingIsRemembered(H2 client) throws Exception {
    for (int stream = 1; stream < 9; stream += 2) {
      client.send(H2.HEADERS, H2.END_HEADERS | H2.END_STREAM, stream, OPEN);
      DefaultHttp2HeadersDecoder knowsNothing = new DefaultHttp2HeadersDecoder();
      knowsNothing.configuration().maxHeaderTableSize(0xffff_ffffL);
      var headers =
          knowsNothing.decodeHeaders(stream, Unpooled.wrappedBuffer(block(client, stream)));
      assertThat(headers.status()).hasToString("200");
    }
  }

  private static byte[] block(H2 client, int stream) throws IOException {
    while (true) {
      H2.Frame frame = client.read();
      if (frame.type() == H2.HEADERS && frame.stream() == stream) {
        return frame.block();
      }
    }
  }

  @Test
  void remembersNoHeadersForAClientThatSaysNothingOfIt() throws Exception {
    try (H2 client = new H2(site.gate())) {
      assertThatNothingIsRemembered(client);
    }
  }

  /// 64 KiB is what browsers ask for.
  @ParameterizedTest
  @ValueSource(longs = {4096, 65_536, 0xffff_ffffL})
  void remembersNoHeadersForAClientThatAsksForIt(long bytes) throws Exception {
    try (H2 client = new H2(site.gate(), tableSize(bytes))) {
      assertThatNothingIsRemembered(client);
    }
  }

  @Test
  void remembersNoHeadersForAClientThatAsksForItLater() throws Exception {
    try (H2 client = new H2(site.gate())) {
      client.send(H2.SETTINGS, 0, 0, tableSize(65_536));
      assertThatNothingIsRemembered(client);
    }
  }

  @Test
  void endsAConnectionThatSaysItsSettingsAgainAndAgain() throws Exception {
    try (H2 client = new H2(site.gate())) {
      for (int i = 0; i < 100; i++) {
        client.send(H2.SETTINGS, 0, 0, tableSize(65_536 + i));
      }
      assertThat(client.outcome(1)).isSubsetOf("GOAWAY", "CLOSED");
    }
  }

  /// The smallest and the last (RFC 7541 section 4.2); browsers take no more.
  @Test
  void saysTwiceAtMostHowLargeItsTableIs() throws Exception {
    try (H2 client = new H2(site.gate(), tableSize(65_536))) {
      client.send(H2.HEADERS, H2.END_HEADERS | H2.END_STREAM, 1, OPEN);
      assertThat(block(client, 1)).startsWith(0x3f, 0xe1, 0xff, 0x03, 0x20, 0x88);
    }
  }
}
