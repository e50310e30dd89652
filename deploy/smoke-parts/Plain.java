import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// HTTP/1.1 on a socket. Keeps its connection as long as the gateway lets it, or makes one for
/// each request.
final class Plain implements Connection {
  private static final int PATIENCE_MILLIS = 10_000;

  private final URI gateway;
  private final SSLContext tls;
  private final boolean isKept;
  private SSLSocket socket;
  private InputStream in;

  Plain(URI gateway, SSLContext tls, boolean isKept) {
    this.gateway = gateway;
    this.tls = tls;
    this.isKept = isKept;
  }

  @Override
  public int ask(Request request) throws IOException {
    try {
      if (socket == null) {
        connect();
      }
      String head = request.method() + " " + request.path() + " HTTP/1.1\r\nHost: " + gateway.getAuthority()
          + "\r\nAuthorization: " + request.authorization() + "\r\nContent-Length: 0\r\n"
          + (isKept ? "" : "Connection: close\r\n") + "\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      return answer();
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private void connect() throws IOException {
    Socket plain = new Socket();
    plain.connect(new InetSocketAddress(gateway.getHost(), gateway.getPort()), PATIENCE_MILLIS);
    plain.setSoTimeout(PATIENCE_MILLIS);
    socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, gateway.getHost(), gateway.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    in = new BufferedInputStream(socket.getInputStream());
  }

  private int answer() throws IOException {
    int status = Integer.parseInt(line().split(" ")[1]);
    long length = 0;
    boolean isLast = !isKept;
    boolean isChunked = false;
    for (String line = line(); !line.isEmpty(); line = line()) {
      String header = line.toLowerCase(Locale.ROOT).replace(" ", "");
      if (header.startsWith("content-length:")) {
        length = Long.parseLong(header.substring("content-length:".length()));
      }
      isChunked |= header.equals("transfer-encoding:chunked");
      isLast |= header.equals("connection:close");
    }
    if (isChunked) {
      do {
        length = Long.parseLong(line(), 16);
        skip(length);
        line();
      } while (length > 0);
    } else {
      skip(length);
    }
    if (isLast) {
      close();
    }
    return status;
  }

  private void skip(long length) throws IOException {
    in.skipNBytes(length);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection ended without an answer");
      }
      line.append((char) c);
    }
    return line.toString().strip();
  }

  private void close() {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      // It is gone.
    }
    socket = null;
  }
}
