package org.rekey.gateway.http;

import io.grpc.CallOptions;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.access.Exchange;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.Upstream;
import org.rekey.gateway.verdict.Verdict;

/// What is seen of one request while it is answered. Its parts tell it what they know; at the end
/// it goes to the metrics and to the access log. On the event loop only.
public final class Seen {
  private static final int NOT_YET = 0;

  private final EdgeMetrics metrics;
  private final Connections connections;
  private final HttpServerRequest request;
  private final String requestId;
  private final long started = System.nanoTime();
  private String route = "";
  private @Nullable Upstream upstream;
  private long sentOn;
  private long upstreamNanos = -1;
  private @Nullable Audience audience;
  private @Nullable Verdict verdict;
  private long verdictNanos;
  private int status = NOT_YET;
  private boolean isEnded;
  private final @Nullable RequestTrace trace;

  Seen(EdgeMetrics metrics, Connections connections, HttpServerRequest request, String requestId) {
    this.metrics = metrics;
    this.connections = connections;
    this.request = request;
    this.requestId = requestId;
    this.trace = metrics.trace(request, requestId);
    metrics.begun();
  }

  /// @param name an operation of the gateway's own API or the path of a route: never what a client
  /// chose
  public void route(String name) {
    route = name;
    if (trace != null) {
      trace.route(name);
    }
  }

  /// A verdict was asked for and is there.
  ///
  /// @param nanos how long that took
  void judged(Audience asked, Verdict answer, long nanos) {
    audience = asked;
    verdict = answer;
    verdictNanos = nanos;
    metrics.judged(asked, answer, nanos);
    if (asked == Audience.DEVICES && answer instanceof Verdict.Accepted accepted) {
      connections.letIn(request.connection(), accepted.subject());
    }
    if (trace != null) {
      trace.judged(asked, answer, nanos);
    }
  }

  /// The request goes on to an upstream.
  public void sentOn(Upstream chosen) {
    upstream = chosen;
    sentOn = System.nanoTime();
    if (trace != null) {
      trace.sentOn(chosen);
    }
  }

  /// Tells the upstream of the trace that the request belongs to. While nobody traces, what the
  /// client says of one goes through like any other header.
  public void propagate(MultiMap toUpstream) {
    if (trace != null) {
      trace.propagate(toUpstream);
    }
  }

  /// Options of an rpc that is made for the request.
  public CallOptions under(CallOptions options) {
    return trace == null ? options : trace.under(options);
  }

  /// The head of the upstream's answer is there.
  public void upstreamAnswered(int answered) {
    upstreamNanos = System.nanoTime() - sentOn;
    if (upstream != null) {
      metrics.upstreamAnswered(upstream, answered, upstreamNanos);
    }
    if (trace != null) {
      trace.upstreamAnswered(answered);
    }
  }

  /// The upstream did not answer.
  public void upstreamFailed(Throwable thrown) {
    if (upstream != null) {
      metrics.upstreamFailed(upstream, thrown);
    }
    if (trace != null) {
      trace.upstreamFailed(thrown);
    }
  }

  /// The request is sent once more, to this upstream or another.
  public void upstreamRetried() {
    if (upstream != null) {
      metrics.upstreamRetried(upstream);
    }
  }

  /// The gateway itself has turned the request away with 429.
  public void rateLimited() {
    metrics.rateLimited();
  }

  /// The status of the answer; counted and timed once.
  void answered(int answered) {
    if (status == NOT_YET) {
      status = answered;
      long nanos = System.nanoTime() - started;
      metrics.answered(route, answered, nanos);
      if (verdict instanceof Verdict.Accepted) {
        metrics.verified(route, nanos);
      }
    }
  }

  /// The answer is out, or nobody is there any more to take it.
  void ended() {
    if (isEnded) {
      return;
    }
    isEnded = true;
    boolean isComplete = status != NOT_YET && !request.response().closed();
    metrics.ended(isComplete);
    if (trace != null) {
      trace.client(client());
      trace.ended(status, isComplete);
    }
    if (metrics.log().isOn()) {
      metrics.log().add(exchange(isComplete));
    }
  }

  private Exchange exchange(boolean isComplete) {
    HttpServerResponse response = request.response();
    SSLSession tls = request.sslSession();
    String userAgent = request.getHeader(HttpHeaders.USER_AGENT);
    return new Exchange(
        System.currentTimeMillis(),
        System.nanoTime() - started,
        requestId,
        trace == null ? "" : trace.id(),
        client(),
        request.method(),
        request.uri(),
        request.version(),
        tls == null ? "" : tls.getProtocol(),
        userAgent == null ? "" : userAgent,
        route,
        upstream,
        upstreamNanos,
        status,
        isComplete,
        request.bytesRead(),
        response.bytesWritten(),
        Optional.ofNullable(audience),
        verdict,
        verdictNanos);
  }

  /// The client's address as this end of the connection sees it.
  private String client() {
    String address = request.remoteAddress() == null ? null : request.remoteAddress().hostAddress();
    if (address == null) {
      return "";
    }
    int zone = address.indexOf('%');
    return zone < 0 ? address : address.substring(0, zone);
  }
}
