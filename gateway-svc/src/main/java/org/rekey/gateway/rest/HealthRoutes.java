package org.rekey.gateway.rest;

import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;

/// Whether a service is there, on the internal port.
final class HealthRoutes {
  private final Rpc rpc;
  private final String service;

  /// @param service its name in answers
  HealthRoutes(Rpc rpc, String service) {
    this.rpc = rpc;
    this.service = service;
  }

  void alive(Call call) {
    Answers.empty(call.scope(), 204);
  }

  void health(Call call) {
    rpc.ask(
        call.scope(),
        HealthGrpc.getCheckMethod(),
        HealthCheckRequest.getDefaultInstance(),
        response -> healthy(call.scope(), response),
        status ->
            Answers.error(
                call.scope(), 503, "error reaching " + service + ": " + status.getCode().name()));
  }

  private void healthy(RequestScope scope, HealthCheckResponse response) {
    if (response.getStatus() == ServingStatus.SERVING) {
      Answers.empty(scope, 204);
    } else {
      Answers.error(scope, 503, "error reaching " + service + ": " + response.getStatus().name());
    }
  }
}
