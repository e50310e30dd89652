package org.rekey.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;

/// Somebody who looks after devices by the management API.
final class DeviceOwner {
  private static final String DEVAUTH = "/api/management/v2/devauth";
  private static final String EMAIL = "owner@example.com";
  private static final String PASSWORD = "correct horse";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Client client;
  private final String token;

  private DeviceOwner(Client client, String token) {
    this.client = client;
    this.token = token;
  }

  /// Makes a user and logs in.
  static DeviceOwner of(Platform platform, Client client) {
    platform.createUser(EMAIL, PASSWORD);
    return new DeviceOwner(client, client.login(EMAIL, PASSWORD));
  }

  /// The device with this `mac` in its identity; missing if there is none.
  JsonNode device(String mac) {
    for (JsonNode device : get("/devices?per_page=500")) {
      if (device.path("identity_data").path("mac").asText().equals(mac)) {
        return device;
      }
    }
    return JSON.missingNode();
  }

  String statusOf(String mac) {
    return device(mac).path("status").asText();
  }

  /// A device by its id.
  JsonNode get(DeviceMember member) {
    return get("/devices/" + member.id());
  }

  /// The id of the auth set with this key.
  String authSetOf(DeviceMember member, DeviceStandIn device) {
    for (JsonNode authSet : get(member).path("auth_sets")) {
      if (authSet.path("pubkey").asText().equals(device.publicKey())) {
        return authSet.path("id").asText();
      }
    }
    throw new IllegalStateException(member.id() + ": no such key");
  }

  /// Says that a device may come; from its first request on it is accepted.
  DeviceMember preauthorize(DeviceStandIn device) {
    ObjectNode body = JSON.createObjectNode();
    body.putRawValue("identity_data", new RawValue(device.identity()));
    body.put("pubkey", device.publicKey());
    HttpResponse<String> response =
        client.send(
            client
                .authorized(DEVAUTH + "/devices", token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString())));
    expect(201, response);
    String location = response.headers().firstValue("Location").orElseThrow();
    String id = location.substring("devices/".length());
    String authSetId = get("/devices/" + id).path("auth_sets").path(0).path("id").asText();
    return new DeviceMember(device, id, authSetId);
  }

  /// Sets the status of a device's one auth set.
  void set(JsonNode device, String status) {
    set(device.path("id").asText(), device.path("auth_sets").path(0).path("id").asText(), status);
  }

  void set(String deviceId, String authSetId, String status) {
    expect(
        204,
        client.send(
            client
                .authorized(authSet(deviceId, authSetId) + "/status", token)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString("{\"status\":\"" + status + "\"}"))));
  }

  void deleteAuthSet(String deviceId, String authSetId) {
    delete(authSet(deviceId, authSetId));
  }

  void decommission(String deviceId) {
    delete(DEVAUTH + "/devices/" + deviceId);
  }

  /// @param id of a token or an auth set
  void revoke(String id) {
    delete(DEVAUTH + "/tokens/" + id);
  }

  private static String authSet(String deviceId, String authSetId) {
    return DEVAUTH + "/devices/" + deviceId + "/auth/" + authSetId;
  }

  private void delete(String path) {
    expect(204, client.send(client.authorized(path, token).DELETE()));
  }

  private JsonNode get(String path) {
    HttpResponse<String> response = client.send(client.authorized(DEVAUTH + path, token));
    expect(200, response);
    try {
      return JSON.readTree(response.body());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void expect(int status, HttpResponse<String> response) {
    if (response.statusCode() != status) {
      throw new IllegalStateException(
          response.request().method()
              + " "
              + response.uri().getPath()
              + ": "
              + response.statusCode()
              + " "
              + response.body());
    }
  }
}
