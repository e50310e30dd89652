package org.rekey.gateway.rest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.rekey.proto.deviceauth.v1.AuthSet;
import org.rekey.proto.deviceauth.v1.Device;

/// A device as the management API shows it.
final class DeviceJson {
  private DeviceJson() {}

  static Buffer of(Device device) {
    return Buffer.buffer(whole(device).toString());
  }

  static Buffer of(List<Device> devices) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    devices.forEach(device -> all.add(whole(device)));
    return Buffer.buffer(all.toString());
  }

  /// The device that is in the way of a new one: without its keys.
  static Buffer ofConflict(Device device) {
    return Buffer.buffer(head(device).putNull("auth_sets").toString());
  }

  private static ObjectNode whole(Device device) {
    ObjectNode json = head(device);
    ArrayNode sets = json.putArray("auth_sets");
    device.getAuthSetsList().forEach(set -> sets.add(of(set)));
    if (device.hasCheckInAt()) {
      json.put("check_in_time", Times.text(device.getCheckInAt()));
    }
    return json;
  }

  private static ObjectNode head(Device device) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", device.getId());
    json.putRawValue("identity_data", new RawValue(device.getIdentityData()));
    json.put("status", DeviceStatuses.text(device.getStatus()));
    json.put("decommissioning", device.getDecommissioning());
    json.put("created_ts", Times.text(device.getCreatedAt()));
    json.put("updated_ts", Times.text(device.getUpdatedAt()));
    return json;
  }

  private static ObjectNode of(AuthSet set) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", set.getId());
    json.putRawValue("identity_data", new RawValue(set.getIdentityData()));
    json.put("pubkey", set.getPublicKey());
    json.put("ts", Times.text(set.getCreatedAt()));
    json.put("status", DeviceStatuses.text(set.getStatus()));
    return json;
  }
}
