package org.rekey.gateway.route;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.rekey.gateway.upload.UploadCheck;

/// Requests at and below `path` go to the upstreams in turn.
///
/// @param audience whose token is asked for; empty: nobody's
/// @param rewrite what stands for `path` on the way
/// @param bodyLimit in bytes
/// @param uploads what artifacts must be to pass
public record Route(
    String path,
    Optional<Audience> audience,
    String rewrite,
    List<Upstream> upstreams,
    Transport transport,
    Patience patience,
    long bodyLimit,
    Optional<HealthCheck> health,
    Optional<UploadCheck> uploads,
    AtomicInteger turn) {
  public static final long ANY_LENGTH = Long.MAX_VALUE;

  public Route {
    upstreams = List.copyOf(upstreams);
  }

  /// With all that can be said of it left as it is.
  public static Route plain(String path, Optional<Audience> audience, List<Upstream> upstreams) {
    return new Route(
        path,
        audience,
        path,
        upstreams,
        Transport.DEFAULT,
        Patience.DEFAULT,
        ANY_LENGTH,
        Optional.empty(),
        Optional.empty(),
        new AtomicInteger());
  }

  /// Whose token a request needs here. What lies below the API's own paths needs one of their
  /// audience, unless a route below them says otherwise: one for `/` does not open them.
  public Optional<Audience> audience(RequestPath request) {
    Optional<Audience> byPath = Audience.of(request);
    return byPath.isPresent() && !path.startsWith(byPath.get().prefix()) ? byPath : audience;
  }

  /// The next one in turn that can be used.
  public Optional<Upstream> next(Predicate<Upstream> isUsable) {
    int first = upstreams.size() == 1 ? 0 : turn.getAndIncrement();
    for (int i = 0; i < upstreams.size(); i++) {
      Upstream upstream = upstreams.get(Math.floorMod(first + i, upstreams.size()));
      if (isUsable.test(upstream)) {
        return Optional.of(upstream);
      }
    }
    return Optional.empty();
  }

  /// What comes below `rewrite`: with one slash between the two, whichever of them has brought it.
  private String joined(String rest) {
    if (rewrite.endsWith("/") && rest.startsWith("/")) {
      return rest.substring(1);
    }
    boolean isJoint = rest.isEmpty() || rest.startsWith("/") || rewrite.endsWith("/");
    return isJoint ? rest : "/" + rest;
  }

  /// What the upstream is asked for.
  public String target(RequestPath request) {
    if (rewrite.equals(path)) {
      return request.path() + request.query();
    }
    String rest = request.path().substring(path.length());
    return rewrite + joined(rest) + request.query();
  }
}
