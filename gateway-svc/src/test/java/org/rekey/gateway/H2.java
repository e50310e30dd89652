package org.rekey.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// An HTTP/2 client that says whatever frames a test wants, right or wrong (RFC 9113).
final class H2 implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;
  private static final int PRIORITY = 0x20;

  @SuppressWarnings("ArrayRecordComponent") // read, never compared
  record Frame(int type, int flags, int stream, byte[] payload) {
    /// The headers of HEADERS.
    byte[] block() {
      return Arrays.copyOfRange(payload, (flags & PRIORITY) == 0 ? 0 : 5, payload.length);
    }
  }

  private final SSLSocket socket;
  private final DataInputStream in;

  H2(Gate gate) throws IOException {
    this(gate, new byte[0]);
  }

  /// @param settings identifiers of 16 bits and values of 32, in turn (RFC 9113 section 6.5.1)
  H2(Gate gate, byte[] settings) throws IOException {
    socket = (SSLSocket) gate.trusting().getSocketFactory().createSocket("localhost", gate.port());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(4000);
    socket.startHandshake();
    in = new DataInputStream(socket.getInputStream());
    socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(ISO_8859_1));
    send(SETTINGS, 0, 0, settings);
  }

  /// For how long a connection may be silent before a read fails; four seconds at first.
  void patience(int millis) throws IOException {
    socket.setSoTimeout(millis);
  }

  void send(int type, int flags, int stream, byte[] payload) throws IOException {
    send(frame(type, flags, stream, payload));
  }

  /// Several at once, as many as fit into one record of TLS.
  void send(byte[] frames) throws IOException {
    socket.getOutputStream().write(frames);
    socket.getOutputStream().flush();
  }

  static byte[] frame(int type, int flags, int stream, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(payload.length >> 16);
    frame.write(payload.length >> 8);
    frame.write(payload.length);
    frame.write(type);
    frame.write(flags);
    frame.write(stream >> 24);
    frame.write(stream >> 16);
    frame.write(stream >> 8);
    frame.write(stream);
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  /// Names and values in turn, literally and without Huffman's code (RFC 7541 section 6.2.2).
  static byte[] block(String... fields) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < fields.length; i += 2) {
      block.write(0);
      string(block, fields[i]);
      string(block, fields[i + 1]);
    }
    return block.toByteArray();
  }

  private static void string(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    if (bytes.length < 127) {
      block.write(bytes.length);
    } else {
      block.write(127);
      int left = bytes.length - 127;
      while (left >= 128) {
        block.write(left % 128 + 128);
        left /= 128;
      }
      block.write(left);
    }
    block.writeBytes(bytes);
  }

  Frame read() throws IOException {
    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    return new Frame(type, flags, stream, in.readNBytes(length));
  }

  /// What comes back of a stream, until it or the connection ends: `:status` of HEADERS as its
  /// digits, then `RST`, `GOAWAY` or `CLOSED`.
  List<String> outcome(int stream) throws IOException {
    List<String> outcome = new ArrayList<>();
    while (true) {
      Frame frame;
      try {
        frame = read();
      } catch (EOFException e) {
        outcome.add("CLOSED");
        return outcome;
      }
      if (frame.type() == GOAWAY) {
        outcome.add("GOAWAY");
        return outcome;
      }
      if (frame.stream() != stream) {
        continue;
      }
      if (frame.type() == HEADERS) {
        outcome.add(status(frame));
      } else if (frame.type() == RST_STREAM) {
        outcome.add("RST");
        return outcome;
      }
      if ((frame.flags() & END_STREAM) != 0 && (frame.type() == HEADERS || frame.type() == DATA)) {
        return outcome;
      }
    }
  }

  /// The status comes first, indexed in the static table (RFC 7541 appendix A).
  private static String status(Frame frame) {
    byte[] block = frame.block();
    int at = 0;
    while ((block[at] & 0xe0) == 0x20) {
      at++;
    }
    return switch (block[at] & 0xff) {
      case 0x88 -> "200";
      case 0x89 -> "204";
      case 0x8c -> "400";
      case 0x8d -> "404";
      case 0x8e -> "500";
      default -> "another";
    };
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
