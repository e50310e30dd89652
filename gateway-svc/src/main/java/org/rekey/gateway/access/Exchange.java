package org.rekey.gateway.access;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.Upstream;
import org.rekey.gateway.verdict.Verdict;

/// A request and what became of it, as it was on the event loop; it is made fit to be read on
/// another thread.
///
/// @param endedAt in milliseconds since 1970
/// @param nanos from the request's head to the end of the answer
/// @param traceId empty when nobody traces
/// @param target as it came
/// @param route the operation of the gateway's own API, or the path of the route; empty for none
/// @param upstreamNanos from sending it on to the head of the upstream's answer; negative without
/// @param status 0 when the client went before there was an answer
/// @param isComplete whether the whole answer was handed to the connection
/// @param tls the version; empty on a port without
public record Exchange(
    long endedAt,
    long nanos,
    String requestId,
    String traceId,
    String client,
    HttpMethod method,
    String target,
    HttpVersion protocol,
    String tls,
    String userAgent,
    String route,
    @Nullable Upstream upstream,
    long upstreamNanos,
    int status,
    boolean isComplete,
    long bytesIn,
    long bytesOut,
    Optional<Audience> audience,
    @Nullable Verdict verdict,
    long verdictNanos) {}
