package org.rekey.cli.client;

import com.google.protobuf.Duration;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.rekey.agent.key.AgentKey;
import org.rekey.agent.simulate.SimulatedDevice;
import org.rekey.cli.CommandFailed;
import org.rekey.proto.deviceauth.v1.CancelKeyRotationsRequest;
import org.rekey.proto.deviceauth.v1.Device;
import org.rekey.proto.deviceauth.v1.DeviceStatus;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.proto.deviceauth.v1.KeyRotation;
import org.rekey.proto.deviceauth.v1.ListDevicesRequest;
import org.rekey.proto.deviceauth.v1.ListDevicesResponse;
import org.rekey.proto.deviceauth.v1.ListKeyRotationsRequest;
import org.rekey.proto.deviceauth.v1.OrderKeyRotationsRequest;
import org.rekey.proto.deviceauth.v1.OrderOutcome;
import org.rekey.proto.deviceauth.v1.PreauthorizeDeviceRequest;

/// The devices of an installation, for their owner.
public final class Fleet {
  private static final int PAGE = 500;
  private static final int AT_ONCE = 16;

  private final Supplier<DevicesGrpc.DevicesBlockingStub> devices;

  /// @param devices a stub with a deadline of its own for each call
  Fleet(Supplier<DevicesGrpc.DevicesBlockingStub> devices) {
    this.devices = devices;
  }

  /// Those that are accepted, in order of their ids.
  public List<Device> accepted() {
    List<Device> all = new ArrayList<>();
    for (int page = 1; ; page++) {
      ListDevicesResponse answer =
          devices
              .get()
              .listDevices(
                  ListDevicesRequest.newBuilder()
                      .addStatuses(DeviceStatus.DEVICE_STATUS_ACCEPTED)
                      .setPage(page)
                      .setPerPage(PAGE)
                      .build());
      all.addAll(answer.getDevicesList());
      if (!answer.getHasMore()) {
        return all;
      }
    }
  }

  /// Orders these devices to change their keys.
  ///
  /// @param endTokens so that they come at their next call
  /// @return in their order
  public List<OrderOutcome> order(
      List<String> ids, java.time.Duration validFor, boolean endTokens) {
    List<OrderOutcome> outcomes = new ArrayList<>();
    for (List<String> some : parts(ids)) {
      outcomes.addAll(
          devices
              .get()
              .orderKeyRotations(
                  OrderKeyRotationsRequest.newBuilder()
                      .addAllDeviceIds(some)
                      .setValidFor(Duration.newBuilder().setSeconds(validFor.toSeconds()))
                      .setEndTokens(endTokens)
                      .build())
              .getOutcomesList());
    }
    return outcomes;
  }

  /// @return how many orders were taken back
  public long cancel(Collection<String> ids) {
    long cancelled = 0;
    for (List<String> some : parts(List.copyOf(ids))) {
      cancelled +=
          devices
              .get()
              .cancelKeyRotations(
                  CancelKeyRotationsRequest.newBuilder().addAllDeviceIds(some).build())
              .getCancelled();
    }
    return cancelled;
  }

  /// The last order of each of these devices that has had one.
  public List<KeyRotation> rotations(Collection<String> ids) {
    List<KeyRotation> rotations = new ArrayList<>();
    for (List<String> some : parts(List.copyOf(ids))) {
      rotations.addAll(
          devices
              .get()
              .listKeyRotations(ListKeyRotationsRequest.newBuilder().addAllDeviceIds(some).build())
              .getRotationsList());
    }
    return rotations;
  }

  private static List<List<String>> parts(List<String> ids) {
    List<List<String>> parts = new ArrayList<>();
    for (int from = 0; from < ids.size(); from += PAGE) {
      parts.add(ids.subList(from, Math.min(ids.size(), from + PAGE)));
    }
    return parts;
  }

  /// Lets simulated devices in when they come. Those that are known already stay as they are.
  public void preauthorize(List<SimulatedDevice> simulated) {
    AtomicInteger next = new AtomicInteger();
    AtomicReference<RuntimeException> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      threads.add(
          Thread.startVirtualThread(
              () -> {
                for (int n = next.getAndIncrement();
                    n < simulated.size() && failure.get() == null;
                    n = next.getAndIncrement()) {
                  try {
                    preauthorize(simulated.get(n));
                  } catch (RuntimeException e) {
                    failure.set(e);
                  }
                }
              }));
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed("interrupted");
    }
    if (failure.get() != null) {
      throw failure.get();
    }
  }

  private void preauthorize(SimulatedDevice device) {
    String key = device.keys().current().map(AgentKey::publicPem).orElseThrow();
    var answer =
        devices
            .get()
            .preauthorizeDevice(
                PreauthorizeDeviceRequest.newBuilder()
                    .setIdentityData(device.identity())
                    .setPublicKey(key)
                    .build());
    if (!answer.getBadRequest().isEmpty()) {
      throw new StatusRuntimeException(
          Status.INVALID_ARGUMENT.withDescription(answer.getBadRequest()));
    }
  }
}
