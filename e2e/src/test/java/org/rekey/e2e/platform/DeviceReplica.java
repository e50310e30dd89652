package org.rekey.e2e.platform;

import java.nio.file.Path;
import java.util.Map;
import org.rekey.proto.deviceauth.v1.AuthRequestsGrpc;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.testkit.TestAuthority;

/// One deviceauth-svc in a process of its own.
public final class DeviceReplica extends ServiceProcess {
  DeviceReplica(int index, Path directory, Map<String, String> settings, TestAuthority authority) {
    super(
        "deviceauth", index, "org.rekey.deviceauth.DeviceauthMain", directory, settings, authority);
  }

  /// As the gateway calls it.
  public AuthRequestsGrpc.AuthRequestsBlockingStub authRequests() {
    return asGateway(AuthRequestsGrpc::newBlockingStub);
  }

  /// As the operator calls it.
  public DevicesGrpc.DevicesBlockingStub devices() {
    return asOperator(DevicesGrpc::newBlockingStub);
  }
}
