package org.rekey.gateway.http;

import java.util.Optional;
import java.util.Set;
import org.rekey.runtime.grpc.Caller;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who may use a port that is not for everybody, by the names in their certificates.
///
/// @param names empty: anyone who reaches the port
/// @param setting that names them
public record PortCallers(Optional<Set<String>> names, String setting) {
  private static final Logger LOG = LoggerFactory.getLogger(PortCallers.class);

  /// False: the caller has been refused.
  public boolean admits(RequestScope scope) {
    if (names.isEmpty()) {
      return true;
    }
    String caller = Caller.of(scope.request().connection().sslSession()).name();
    if (names.get().contains(caller)) {
      return true;
    }
    LOG.atWarn()
        .addKeyValue("caller", caller)
        .addKeyValue("setting", setting)
        .addKeyValue("requestId", scope.requestId())
        .log("refused a caller that the settings do not name");
    Answers.error(scope, 403, "caller \"" + caller + "\": not one of " + setting);
    return false;
  }
}
