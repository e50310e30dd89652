package org.rekey.gateway.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.rekey.gateway.route.Audience;
import org.rekey.proto.auth.v1.Refused;

/// What a client is told when its request does not go on, in Mender's shapes.
///
/// @param error for the body, `{"error": …, "request_id": …}`; empty: an answer without a body
/// @param headers those that belong to the status
public record Refusal(int status, String error, Map<String, String> headers) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// 503: no verdict is to be had; it is worth trying again soon.
  public static final Refusal UNAVAILABLE =
      new Refusal(503, "service unavailable", Map.of("Retry-After", "1"));

  /// No further headers.
  public static Refusal of(int status, String error) {
    return new Refusal(status, error, Map.of());
  }

  /// 401 for a request whose token is missing or cannot be read.
  public static Refusal challenge(String error) {
    return new Refusal(401, error, Map.of("WWW-Authenticate", "Bearer realm=\"ManagementJWT\""));
  }

  /// 429, with the time to wait in whole seconds, rounded up: a client that waits that long has
  /// waited long enough.
  public static Refusal tooManyRequests(Duration wait) {
    long seconds = Math.max(1, wait.plusSeconds(1).minusNanos(1).toSeconds());
    return new Refusal(429, "too many requests", Map.of("Retry-After", Long.toString(seconds)));
  }

  /// For a token that is not good.
  public static Refusal of(Audience audience, Refused.Reason reason) {
    boolean wrongScope = reason == Refused.Reason.REASON_WRONG_SCOPE;
    return switch (audience) {
      case USERS -> {
        if (wrongScope) {
          yield of(403, "insufficient scope");
        }
        boolean notLive = reason == Refused.Reason.REASON_NOT_LIVE;
        yield challenge(notLive ? "unauthorized" : "invalid jwt");
      }
      case DEVICES -> of(wrongScope ? 403 : 401, "");
    };
  }

  /// The body; empty for none.
  public String body(String requestId) {
    if (error.isEmpty()) {
      return "";
    }
    ObjectNode body = JSON.createObjectNode();
    body.put("error", error);
    body.put("request_id", requestId);
    return body.toString();
  }

  /// All headers of the answer but its length.
  public Map<String, String> allHeaders() {
    if (error.isEmpty()) {
      return headers;
    }
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put("Content-Type", Answers.JSON_TYPE);
    return all;
  }
}
