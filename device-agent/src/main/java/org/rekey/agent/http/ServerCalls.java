package org.rekey.agent.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// Calls that wait for their answer. Not for event loops.
public final class ServerCalls {
  private final HttpClient client;
  private final Duration patience;
  private final Consumer<Posted> listener;

  /// @param client of [Connections]
  /// @param patience for one call, with the connection that it may need
  public ServerCalls(HttpClient client, Duration patience) {
    this(client, patience, _ -> {});
  }

  private ServerCalls(HttpClient client, Duration patience, Consumer<Posted> listener) {
    this.client = client;
    this.patience = patience;
    this.listener = listener;
  }

  /// The same calls, which somebody listens to.
  public ServerCalls heardBy(Consumer<Posted> somebody) {
    return new ServerCalls(client, patience, somebody);
  }

  /// What went over the wire.
  ///
  /// @param body read, never written
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Posted(String url, Map<String, String> headers, byte[] body) {}

  public Reply post(String url, Map<String, String> headers, byte[] body) throws Unreachable {
    listener.accept(new Posted(url, headers, body));
    return send(HttpMethod.POST, url, headers, Buffer.buffer(body));
  }

  public Reply get(String url, Map<String, String> headers) throws Unreachable {
    return send(HttpMethod.GET, url, headers, Buffer.buffer());
  }

  private Reply send(HttpMethod method, String url, Map<String, String> headers, Buffer body)
      throws Unreachable {
    RequestOptions options;
    try {
      options = new RequestOptions().setAbsoluteURI(url).setMethod(method);
    } catch (RuntimeException e) {
      throw new Unreachable("not a URL (expected: https://HOST[:PORT])");
    }
    options.setTimeout(patience.toMillis());
    headers.forEach(options::addHeader);
    Future<Reply> reply =
        client
            .request(options)
            .compose(request -> method.equals(HttpMethod.GET) ? request.send() : request.send(body))
            .compose(
                response ->
                    response
                        .body()
                        .map(
                            answer ->
                                new Reply(
                                    response.statusCode(), response.headers(), answer.toString())));
    try {
      return reply
          .toCompletionStage()
          .toCompletableFuture()
          .get(2 * patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new Unreachable(text(e.getCause() == null ? e : e.getCause()));
    } catch (TimeoutException e) {
      throw new Unreachable("no answer in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unreachable("interrupted");
    }
  }

  /// The innermost cause says what a certificate lacks.
  private static String text(Throwable thrown) {
    Throwable cause = root(thrown);
    String message = cause.getMessage();
    return message == null
        ? cause.getClass().getSimpleName()
        : message.lines().findFirst().orElse("");
  }

  private static Throwable root(Throwable thrown) {
    Throwable cause = thrown.getCause();
    return cause == null ? thrown : root(cause);
  }

  /// Nobody has answered. The message is one line.
  public static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreachable(String message) {
      super(message);
    }
  }
}
