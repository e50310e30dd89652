package org.rekey.gateway.route;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Requests at and below `path` go to the upstreams in turn. With a `rewrite`, it replaces `path`
/// on the way.
public record Route(String path, String rewrite, List<Upstream> upstreams, AtomicInteger turn) {
  public Route(String path, String rewrite, List<Upstream> upstreams) {
    this(path, rewrite, List.copyOf(upstreams), new AtomicInteger());
  }

  public Upstream next() {
    return upstreams.size() == 1
        ? upstreams.getFirst()
        : upstreams.get(Math.floorMod(turn.getAndIncrement(), upstreams.size()));
  }

  /// What the upstream is asked for.
  public String target(RequestPath request) {
    if (rewrite.equals(path)) {
      return request.path() + request.query();
    }
    String rest = request.path().substring(path.length());
    String rewritten = rewrite.endsWith("/") && rest.startsWith("/") ? rest.substring(1) : rest;
    return rewrite + rewritten + request.query();
  }
}
