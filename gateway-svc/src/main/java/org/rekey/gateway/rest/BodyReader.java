package org.rekey.gateway.rest;

import io.vertx.core.Timer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;

/// Reads a whole body of at most `limit` bytes. One that is larger, or that says to be of another
/// type than what is expected, is answered here.
record BodyReader(int limit, String expected, ErrorShape errors) {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String TOO_LARGE = "http: request body too large";

  void read(RequestScope scope, Consumer<Buffer> then) {
    HttpServerRequest request = scope.request();
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    if (length != null && Long.parseLong(length) > limit) {
      errors.answer(scope, 413, TOO_LARGE);
      return;
    }
    Buffer body = Buffer.buffer();
    boolean[] done = {false};
    // Cancelled as soon as nothing is waited for: it holds the request, and with it the body.
    Timer patience = scope.vertx().timer(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    patience.onSuccess(
        _ -> {
          if (!done[0]) {
            done[0] = true;
            errors.answer(scope, 408, "the request body did not come in time");
          }
        });
    request.exceptionHandler(
        _ -> {
          done[0] = true;
          patience.cancel();
        });
    request.handler(
        chunk -> {
          if (done[0]) {
            return;
          }
          if (body.length() + chunk.length() > limit) {
            done[0] = true;
            patience.cancel();
            request.pause();
            errors.answer(scope, 413, TOO_LARGE);
          } else {
            body.appendBuffer(chunk);
          }
        });
    request.endHandler(
        _ -> {
          if (!done[0]) {
            done[0] = true;
            patience.cancel();
            Answers.guarded(scope, () -> checked(scope, body, then));
          }
        });
    if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
      request.response().writeContinue();
    }
    request.resume();
  }

  private void checked(RequestScope scope, Buffer body, Consumer<Buffer> then) {
    Optional<ContentType.Problem> problem =
        body.length() == 0
            ? Optional.empty()
            : ContentType.problem(scope.request().getHeader(HttpHeaders.CONTENT_TYPE), expected);
    if (problem.isPresent()) {
      errors.answer(scope, problem.get().status(), problem.get().text());
    } else {
      then.accept(body);
    }
  }
}
