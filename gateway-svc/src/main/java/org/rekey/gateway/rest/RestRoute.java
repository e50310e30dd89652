package org.rekey.gateway.rest;

import io.vertx.core.http.HttpMethod;
import java.util.Optional;

/// One operation of the API: a row of the [RouteTable].
///
/// @param paging for lists that come in pages
/// @param operationId its name in the OpenAPI document
record RestRoute(
    HttpMethod method,
    PathTemplate path,
    Access access,
    BodyRule body,
    Optional<PageLimits> paging,
    String operationId,
    Handler handler) {}
