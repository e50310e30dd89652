package org.rekey.e2e;

import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.Map;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.gateway.GatewayServer;
import org.rekey.testkit.PostgresExtension;

/// What the tests of verdicts for other proxies stand on: a platform with a user and a device, and
/// useradm-svc as a process that can be killed.
///
/// @param client of the platform's own gateway
/// @param user a token
/// @param deviceToken one of the device's
record VerdictStage(
    Platform platform, Client client, String user, DeviceMember device, String deviceToken)
    implements AutoCloseable {
  static final String USER_PATH = "/api/management/v1/inventory/devices?page=1&x=%2F";
  static final String DEVICE_PATH = "/api/devices/v1/inventory/device/attributes";
  private static final String EMAIL = "admin@example.com";
  private static final String PASSWORD = "correct horse";

  static VerdictStage start(Path directory, PostgresExtension postgres) {
    Platform platform = Platform.builder(directory, postgres).useradmReplicas(1).start();
    Client client = new Client(platform, HttpClient.Version.HTTP_1_1);
    platform.createUser(EMAIL, PASSWORD);
    DeviceMember device = DeviceOwner.of(platform, client).preauthorize(DeviceStandIn.fresh());
    return new VerdictStage(
        platform,
        client,
        client.login(EMAIL, PASSWORD),
        device,
        client.send(device.device().request(client)).body());
  }

  /// A gateway beside the platform's own that other proxies may ask.
  ///
  /// @param access `GATEWAY_VERIFY_ACCESS`
  GatewayServer gateway(String access) {
    Map<String, String> environment = platform.gatewayEnvironment();
    environment.put("GATEWAY_VERIFY_LISTEN", "127.0.0.1:0");
    environment.put("GATEWAY_EXT_AUTHZ_LISTEN", "127.0.0.1:0");
    environment.put("GATEWAY_VERIFY_ACCESS", access);
    return GatewayServer.start(environment);
  }

  /// Another token of the user.
  String login() {
    return client.login(EMAIL, PASSWORD);
  }

  /// Nobody can judge a user's token until [#bringBackUseradm].
  void killUseradm() {
    platform.replica(0).kill9();
  }

  void bringBackUseradm() {
    platform.replica(0).start();
    platform.replica(0).awaitReady();
  }

  @Override
  public void close() {
    client.close();
    platform.close();
  }
}
