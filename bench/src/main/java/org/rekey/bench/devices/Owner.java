package org.rekey.bench.devices;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/// Somebody who looks at the list of pending devices again and again, by the management API.
final class Owner implements AutoCloseable {
  private static final String DEVICES = "/api/management/v2/devauth/devices";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long PAUSE_MILLIS = 50;

  private final Gateway gateway;
  private final String token;
  private final Map<String, CompletableFuture<Seen>> awaited = new ConcurrentHashMap<>();
  private final Thread thread = Thread.ofVirtual().name("owner").unstarted(this::look);
  private volatile boolean closed;

  /// A device as the API names it.
  record Seen(String id, String authSetId) {}

  /// @param token of a user
  Owner(Gateway gateway, String token) {
    this.gateway = gateway;
    this.token = token;
  }

  void start() {
    thread.start();
  }

  /// Waits until the device is in the list.
  ///
  /// @param identity in the canonical form
  Seen find(String identity) {
    return awaited.computeIfAbsent(identity, _ -> new CompletableFuture<>()).join();
  }

  HttpRequest setStatus(Seen device, String status) {
    return gateway
        .authorized(
            "%s/%s/auth/%s/status".formatted(DEVICES, device.id(), device.authSetId()), token)
        .header("Content-Type", "application/json")
        .PUT(BodyPublishers.ofString("{\"status\":\"" + status + "\"}"))
        .build();
  }

  HttpRequest decommission(Seen device) {
    return gateway.authorized(DEVICES + "/" + device.id(), token).DELETE().build();
  }

  private void look() {
    try {
      while (!closed) {
        for (int page = 1; !awaited.isEmpty() && see(page); page++) {}
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      awaited.values().forEach(device -> device.completeExceptionally(e));
      throw e;
    }
  }

  /// @return whether there may be more
  private boolean see(int page) {
    HttpResponse<String> response =
        gateway.send(
            gateway
                .authorized(DEVICES + "?status=pending&per_page=500&page=" + page, token)
                .build());
    if (response.statusCode() != 200) {
      throw new IllegalStateException(
          "list of devices: %d (expected: 200)".formatted(response.statusCode()));
    }
    JsonNode devices = read(response.body());
    for (JsonNode device : devices) {
      CompletableFuture<Seen> seen = awaited.remove(device.path("identity_data").toString());
      if (seen != null) {
        seen.complete(
            new Seen(
                device.path("id").asText(), device.path("auth_sets").path(0).path("id").asText()));
      }
    }
    return !devices.isEmpty();
  }

  private static JsonNode read(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("list of devices: no JSON", e);
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
