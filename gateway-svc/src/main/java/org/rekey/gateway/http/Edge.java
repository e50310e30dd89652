package org.rekey.gateway.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.Optional;
import java.util.function.Function;
import org.rekey.gateway.route.RequestPath;

/// Where a request comes in: framing → path → the site of the port. What two programs could read
/// differently does not get further. One instance for each event loop.
final class Edge {
  private final Vertx vertx;
  private final Function<String, Optional<RequestPath>> paths;
  private final Site site;
  private final RequestIds requestIds;
  private final Connections connections;
  private final Visitors visitors;
  private final EdgeMetrics metrics;

  Edge(
      Vertx vertx,
      Function<String, Optional<RequestPath>> paths,
      Site site,
      RequestIds requestIds,
      Connections connections,
      Visitors visitors,
      EdgeMetrics metrics) {
    this.vertx = vertx;
    this.paths = paths;
    this.site = site;
    this.requestIds = requestIds;
    this.connections = connections;
    this.visitors = visitors;
    this.metrics = metrics;
  }

  void handle(HttpServerRequest request) {
    request.pause();
    RequestScope scope = scope(request);
    if (!visitors.admit(scope)) {
      return;
    }
    if (Bodies.hasTooManyHeaders(request)) {
      Answers.error(scope, 431, "more than " + Bodies.MAX_HEADERS + " headers");
      return;
    }
    String defect = Bodies.defect(request);
    if (!defect.isEmpty()) {
      refuse(scope, defect);
      return;
    }
    Optional<RequestPath> path = paths.apply(request.uri());
    if (path.isEmpty()) {
      Answers.error(scope, 400, "the path can be read in more than one way");
      return;
    }
    site.serve(scope, path.get());
  }

  /// Where one request ends and the next begins is not certain any more.
  private void refuse(RequestScope scope, String defect) {
    HttpServerRequest request = scope.request();
    visitors.refuse(request.connection());
    Answers.closeAfter(scope);
    Answers.error(scope, 400, defect);
    if (request.version() != HttpVersion.HTTP_2 && !Bodies.hasBody(request)) {
      request.connection().close();
    }
  }

  /// What the HTTP library could not read: too long a target or header, broken framing.
  void refuseUnreadable(HttpServerRequest request) {
    RequestScope scope = scope(request);
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      Answers.error(scope, 414, "the request target is too long");
    } else if (cause instanceof TooLongHttpHeaderException) {
      Answers.error(scope, 431, "the request headers are too large");
    } else {
      Answers.error(scope, 400, "the request cannot be read");
    }
    visitors.refuse(request.connection());
    request.connection().close();
  }

  private RequestScope scope(HttpServerRequest request) {
    RequestScope scope =
        new RequestScope(vertx, request, requestIds.of(request), metrics, connections);
    SecurityHeaders.write(scope.response().putHeader(RequestIds.HEADER, scope.requestId()));
    if (connections.isOld(request.connection())) {
      comeAgain(scope);
    }
    return scope;
  }

  private void comeAgain(RequestScope scope) {
    if (scope.request().version() == HttpVersion.HTTP_2) {
      connections.goAway(scope.request().connection());
    } else {
      scope.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
      scope.last();
    }
  }
}
