package org.rekey.gateway.forwardauth;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import org.rekey.gateway.http.Refusal;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.RequestPath;

/// What another proxy was asked for, and so whose token is needed. What cannot be told for certain
/// is refused with 403, the one status beside 401 that all proxies hand on.
sealed interface ForwardedTarget {
  String TRAEFIK = "X-Forwarded-Uri";
  String NGINX = "X-Original-URI";

  /// A path that can be read in one way only.
  record Known(Audience audience) implements ForwardedTarget {}

  /// Nobody's.
  record Unknown(Refusal refusal) implements ForwardedTarget {}

  /// Proxies set one of the two headers; what they do not set, the client may have. So two that
  /// differ are believed neither.
  ///
  /// @param fixed whose token is needed whatever the path; then the headers may be missing
  /// @param forwarded the values of `X-Forwarded-Uri`
  /// @param original the values of `X-Original-URI`
  static ForwardedTarget of(
      Optional<Audience> fixed, List<String> forwarded, List<String> original) {
    SequencedSet<String> targets = new LinkedHashSet<>(forwarded);
    targets.addAll(original);
    return switch (targets.size()) {
      case 0 ->
          fixed
              .<ForwardedTarget>map(Known::new)
              .orElseGet(
                  () ->
                      refused(
                          TRAEFIK
                              + " or "
                              + NGINX
                              + ": neither is there (expected: one, set by the proxy)"));
      case 1 -> of(fixed, targets.getFirst());
      default ->
          refused(
              TRAEFIK
                  + ", "
                  + NGINX
                  + ": they differ (expected: one, set by the proxy, and the other removed)");
    };
  }

  /// @param fixed whose token is needed whatever the path
  /// @param target path and query as the client sent them
  static ForwardedTarget of(Optional<Audience> fixed, String target) {
    Optional<RequestPath> path = RequestPath.of(target);
    if (path.isEmpty()) {
      return refused("the path can be read in more than one way");
    }
    return fixed
        .or(() -> Audience.of(path.get()))
        .<ForwardedTarget>map(Known::new)
        .orElseGet(() -> refused("the path is neither for users nor for devices"));
  }

  private static ForwardedTarget refused(String text) {
    return new Unknown(Refusal.of(403, text));
  }
}
