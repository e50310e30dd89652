package org.rekey.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyPathTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/devices/v1/inventory/device/attributes",
        "/api/devices/v2/deployments/device/deployments/next",
        "/api/devices/v1/deviceconnect/connect",
        "/api/devices/v1/deployments/device/deployments/a%20b/log",
        "/api/devices/v1/authenticator"
      })
  void theDeviceApiGoesThrough(String path) {
    assertThat(ProxyPath.isAllowed(path)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/api/management/v1/useradm/users",
        "/api/devices/v1/authentication/auth_requests",
        "/api/devices/v1/Authentication/auth_requests",
        "/api/devices/v1/./authentication/auth_requests",
        "/api/devices/v1//authentication/auth_requests",
        "/api/devices/v1/x/../authentication/auth_requests",
        "/api/devices/v1/%61uthentication/auth_requests",
        "/api/devices/v1/x/..",
        "/api/devices/v1/%2e%2e/%2e%2e/management/v1/useradm/users",
        "/api/devices/v1/..%2f..%2fmanagement",
        "/api/devices/v1/x\\..\\y",
        "/api/devices/../management/v1/useradm/users"
      })
  void nothingElseDoesHoweverItIsWritten(String path) {
    assertThat(ProxyPath.isAllowed(path)).isFalse();
  }
}
