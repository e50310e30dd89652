package org.rekey.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// An upstream that says every byte itself. Unless a test plays another part, it reads requests
/// strictly and answers each with `200` and the line that it has written down of it.
public final class RawUpstream implements AutoCloseable {
  /// What happens on one connection, until it is closed.
  public interface Part {
    void play(Talk talk) throws IOException;
  }

  private final ServerSocket server;
  private final Part part;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> heads = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();

  public RawUpstream() {
    this(RawUpstream::answerAll);
  }

  public RawUpstream(Part part) {
    this(0, part);
  }

  public RawUpstream(int port, Part part) {
    this.part = part;
    try {
      server = new ServerSocket(port, 100, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  public String url() {
    return "http://127.0.0.1:" + port();
  }

  /// `METHOD target body` of each request that came whole.
  public List<String> requests() {
    return requests;
  }

  /// The heads as they came.
  public List<String> heads() {
    return heads;
  }

  public int connections() {
    return connections.get();
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static void answerAll(Talk talk) throws IOException {
    while (talk.readRequest()) {
      talk.answer(200, talk.last());
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        sockets.add(socket);
        connections.incrementAndGet();
        Thread.ofVirtual().start(() -> play(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void play(Socket socket) {
    try (socket) {
      part.play(new Talk(socket));
    } catch (IOException e) {
      // The gateway has closed the connection.
    }
  }

  /// One connection.
  public final class Talk {
    private final Socket socket;
    private final InputStream in;
    private String head = "";
    private String last = "";

    Talk(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new BufferedInputStream(socket.getInputStream());
    }

    public Socket socket() {
      return socket;
    }

    public InputStream in() {
      return in;
    }

    public String head() {
      return head;
    }

    public String last() {
      return last;
    }

    /// False at the end of the connection.
    public boolean readHead() throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      while (true) {
        int next = in.read();
        if (next < 0) {
          return false;
        }
        bytes.write(next);
        String text = bytes.toString(ISO_8859_1);
        if (text.endsWith("\r\n\r\n")) {
          head = text;
          heads.add(text);
          return true;
        }
      }
    }

    public boolean readRequest() throws IOException {
      if (!readHead()) {
        return false;
      }
      String[] line = head.split("\r\n", 2)[0].split(" ", -1);
      last = (line[0] + " " + line[1] + " " + body()).strip();
      requests.add(last);
      return true;
    }

    private String body() throws IOException {
      String lower = head.toLowerCase(Locale.ROOT);
      if (lower.contains("\r\ntransfer-encoding: chunked\r\n")) {
        StringBuilder body = new StringBuilder();
        while (true) {
          int size = Integer.parseInt(line(), 16);
          body.append(exactly(size));
          line();
          if (size == 0) {
            return body.toString();
          }
        }
      }
      int at = lower.indexOf("\r\ncontent-length: ");
      if (at < 0) {
        return "";
      }
      int start = at + "\r\ncontent-length: ".length();
      int length = Integer.parseInt(lower.substring(start, lower.indexOf("\r\n", start)));
      return exactly(length);
    }

    private String exactly(int length) throws IOException {
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new IOException("closed");
      }
      return new String(bytes, ISO_8859_1);
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int next = in.read(); next != '\r'; next = in.read()) {
        if (next < 0) {
          throw new IOException("closed");
        }
        line.append((char) next);
      }
      in.read();
      return line.toString();
    }

    public void say(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
    }

    public void answer(int status, String body) throws IOException {
      say(
          "HTTP/1.1 %d Said\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(status, body.length(), body));
    }
  }
}
