package org.rekey.gateway;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import java.util.Optional;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.http.Site;
import org.rekey.gateway.mtls.DeviceGate;
import org.rekey.gateway.mtls.Judgement;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.RequestPath;

/// What the mutual TLS port serves: what everybody gets for devices, to those whose certificate is
/// good at this moment. What was found at the handshake is not relied on: it may be hours ago, or
/// that of an earlier session.
final class DeviceSite implements Site {
  private final DeviceGate gate;
  private final Site site;

  DeviceSite(DeviceGate gate, Site site) {
    this.gate = gate;
    this.site = site;
  }

  @Override
  public void serve(RequestScope scope, RequestPath path) {
    switch (gate.judge(scope.request().connection().sslSession())) {
      case Judgement.Trusted(var certificate) -> {
        scope.certificate(certificate);
        if (Audience.of(path).equals(Optional.of(Audience.DEVICES))) {
          site.serve(scope, path);
        } else {
          Answers.error(scope, 404, "not found: this port is for devices");
        }
      }
      case Judgement.Refused _ -> refuse(scope);
    }
  }

  /// 403 and not 401: a new token would not help, and the real client would ask for one at once.
  private static void refuse(RequestScope scope) {
    if (scope.request().version() != HttpVersion.HTTP_2) {
      scope.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    scope.last();
    Answers.error(scope, 403, "the client certificate is not accepted any more");
  }

  @Override
  public void close() {
    site.close();
  }
}
