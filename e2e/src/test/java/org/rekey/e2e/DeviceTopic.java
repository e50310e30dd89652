package org.rekey.e2e;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.rekey.e2e.platform.Broker;
import org.rekey.e2e.platform.Platform;
import org.rekey.proto.deviceauth.v1.DeviceEvent;

/// The events of devices, as a consumer reads them: what comes again is known by its id.
record DeviceTopic(Platform platform) {

  /// Those of one device, oldest first.
  List<DeviceEvent> of(String deviceId) {
    Map<String, DeviceEvent> events = new LinkedHashMap<>();
    for (ConsumerRecord<String, byte[]> record : platform.kafka().records(Broker.DEVICES)) {
      if (record.key().equals(deviceId)) {
        DeviceEvent event = event(record);
        events.putIfAbsent(event.getId(), event);
      }
    }
    return List.copyOf(events.values());
  }

  List<DeviceEvent.Type> types(String deviceId) {
    return of(deviceId).stream().map(DeviceEvent::getType).toList();
  }

  private static DeviceEvent event(ConsumerRecord<String, byte[]> record) {
    try {
      DeviceEvent event = DeviceEvent.parseFrom(record.value());
      if (!event.getDeviceId().equals(record.key())) {
        throw new IllegalStateException("key: " + record.key() + " (expected: the device's id)");
      }
      return event;
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
