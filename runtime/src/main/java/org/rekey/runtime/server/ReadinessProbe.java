package org.rekey.runtime.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/// A container's health check, for images without a shell: asks the [ManagementEndpoint] on this
/// machine, and says what it said. Exit codes: 0 ready, 1 not ready or nobody answers.
///
/// A process starts for every check, so this uses nothing that takes long to load.
public final class ReadinessProbe {
  private static final int PATIENCE_MILLIS = 3_000;
  private static final String READY = "HTTP/1.1 200 ";

  private ReadinessProbe() {}

  /// @param args the management port
  public static void main(String[] args) {
    Answer answer = ask(Integer.parseInt(args[0]));
    System.out.print(answer.text);
    System.exit(answer.isReady ? 0 : 1);
  }

  /// What an endpoint says of itself.
  public record Answer(boolean isReady, String text) {}

  /// Asks once, and waits for the answer for three seconds at most.
  public static Answer ask(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket
          .getOutputStream()
          .write(
              "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
      return new Answer(answer.startsWith(READY), body);
    } catch (IOException e) {
      return new Answer(false, "nobody answers on port " + port + ": " + e.getMessage() + "\n");
    }
  }
}
