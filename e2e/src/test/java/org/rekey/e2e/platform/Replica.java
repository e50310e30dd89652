package org.rekey.e2e.platform;

import java.nio.file.Path;
import java.util.Map;
import org.rekey.proto.useradm.v1.PersonalAccessTokensGrpc;
import org.rekey.proto.useradm.v1.SessionsGrpc;
import org.rekey.proto.useradm.v1.UsersGrpc;
import org.rekey.testkit.TestAuthority;

/// One useradm-svc in a process of its own.
public final class Replica extends ServiceProcess {
  Replica(int index, Path directory, Map<String, String> settings, TestAuthority authority) {
    super("useradm", index, "org.rekey.useradm.UseradmMain", directory, settings, authority);
  }

  /// As the gateway calls it.
  public SessionsGrpc.SessionsBlockingStub sessions() {
    return asGateway(SessionsGrpc::newBlockingStub);
  }

  /// As the operator calls it.
  public UsersGrpc.UsersBlockingStub users() {
    return asOperator(UsersGrpc::newBlockingStub);
  }

  /// As the operator calls it.
  public PersonalAccessTokensGrpc.PersonalAccessTokensBlockingStub tokens() {
    return asOperator(PersonalAccessTokensGrpc::newBlockingStub);
  }
}
