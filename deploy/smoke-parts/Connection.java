import java.io.IOException;

/// How a client gets to the gateway.
interface Connection {
  /// The status of the answer, or no answer.
  int ask(Request request) throws IOException, InterruptedException;
}
