package org.rekey.gateway.rest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;

/// Errors in the shape of RFC 6749 §5.2, with the id of the request as everywhere here.
final class OAuthErrors {
  private OAuthErrors() {}

  /// Whatever is wrong with the request itself.
  static void invalidRequest(RequestScope scope, int status, String description) {
    answer(scope, status, "invalid_request", description);
  }

  static void answer(RequestScope scope, int status, String error, String description) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("error", error);
    body.put("error_description", description);
    body.put("request_id", scope.requestId());
    scope.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    Answers.json(scope, status, Buffer.buffer(body.toString()));
  }
}
