package org.rekey.deviceauth.grpc;

import java.time.Duration;
import org.rekey.deviceauth.KeyRotation;
import org.rekey.deviceauth.KeyRotationStore;
import org.rekey.deviceauth.KeyRotations;
import org.rekey.proto.deviceauth.v1.CancelKeyRotationsRequest;
import org.rekey.proto.deviceauth.v1.CancelKeyRotationsResponse;
import org.rekey.proto.deviceauth.v1.ListKeyRotationsRequest;
import org.rekey.proto.deviceauth.v1.ListKeyRotationsResponse;
import org.rekey.proto.deviceauth.v1.OrderKeyRotationsRequest;
import org.rekey.proto.deviceauth.v1.OrderKeyRotationsResponse;
import org.rekey.proto.deviceauth.v1.OrderOutcome;
import org.rekey.runtime.grpc.RpcFailure;

/// The part of `rekey.deviceauth.v1.Devices` that is about changes of keys.
public final class KeyRotationsEndpoint {
  private static final Duration SHORTEST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofDays(90);

  private final KeyRotations rotations;

  public KeyRotationsEndpoint(KeyRotations rotations) {
    this.rotations = rotations;
  }

  OrderKeyRotationsResponse order(OrderKeyRotationsRequest request) {
    Duration validFor =
        Duration.ofSeconds(request.getValidFor().getSeconds(), request.getValidFor().getNanos());
    if (validFor.compareTo(SHORTEST) < 0 || validFor.compareTo(LONGEST) > 0) {
      throw RpcFailure.invalidArgument(
          "valid_for: %s (expected: a minute to 90 days)".formatted(validFor));
    }
    OrderKeyRotationsResponse.Builder response = OrderKeyRotationsResponse.newBuilder();
    for (String deviceId : request.getDeviceIdsList()) {
      response.addOutcomes(
          switch (rotations.order(deviceId, validFor, request.getEndTokens())) {
            case KeyRotationStore.OrderStands _ -> OrderOutcome.ORDER_OUTCOME_ORDERED;
            case KeyRotationStore.NotOrdered(var why) ->
                switch (why) {
                  case NO_DEVICE -> OrderOutcome.ORDER_OUTCOME_NO_DEVICE;
                  case NOT_ACCEPTED -> OrderOutcome.ORDER_OUTCOME_NOT_ACCEPTED;
                  case CERTIFIED -> OrderOutcome.ORDER_OUTCOME_CERTIFIED;
                };
          });
    }
    return response.build();
  }

  CancelKeyRotationsResponse cancel(CancelKeyRotationsRequest request) {
    return CancelKeyRotationsResponse.newBuilder()
        .setCancelled(rotations.cancel(request.getDeviceIdsList()))
        .build();
  }

  ListKeyRotationsResponse list(ListKeyRotationsRequest request) {
    ListKeyRotationsResponse.Builder response = ListKeyRotationsResponse.newBuilder();
    rotations
        .list(request.getDeviceIdsList())
        .forEach(rotation -> response.addRotations(toProto(rotation)));
    return response.build();
  }

  private static org.rekey.proto.deviceauth.v1.KeyRotation toProto(KeyRotation rotation) {
    String fresh = rotation.newAuthSetId();
    return org.rekey.proto.deviceauth.v1.KeyRotation.newBuilder()
        .setDeviceId(rotation.deviceId())
        .setState(toProto(rotation.state()))
        .setOrderedAt(Wire.toProto(rotation.orderedAt()))
        .setExpiresAt(Wire.toProto(rotation.expiresAt()))
        .setChangedAt(Wire.toProto(rotation.changedAt()))
        .setOldAuthSetId(rotation.oldAuthSetId())
        .setNewAuthSetId(fresh == null ? "" : fresh)
        .build();
  }

  private static org.rekey.proto.deviceauth.v1.KeyRotation.State toProto(KeyRotation.State state) {
    return switch (state) {
      case ORDERED -> org.rekey.proto.deviceauth.v1.KeyRotation.State.STATE_ORDERED;
      case OFFERED -> org.rekey.proto.deviceauth.v1.KeyRotation.State.STATE_OFFERED;
      case DONE -> org.rekey.proto.deviceauth.v1.KeyRotation.State.STATE_DONE;
      case ROLLED_BACK -> org.rekey.proto.deviceauth.v1.KeyRotation.State.STATE_ROLLED_BACK;
      case CONFLICT -> org.rekey.proto.deviceauth.v1.KeyRotation.State.STATE_CONFLICT;
      case CANCELLED -> org.rekey.proto.deviceauth.v1.KeyRotation.State.STATE_CANCELLED;
    };
  }
}
