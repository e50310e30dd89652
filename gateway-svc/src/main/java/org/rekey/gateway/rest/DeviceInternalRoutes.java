package org.rekey.gateway.rest;

import io.vertx.core.buffer.Buffer;
import org.rekey.gateway.http.Answers;
import org.rekey.proto.deviceauth.v1.DecommissionDeviceRequest;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.proto.deviceauth.v1.GetDeviceRequest;
import org.rekey.proto.deviceauth.v1.GetLimitRequest;
import org.rekey.proto.deviceauth.v1.RevokeAllDeviceTokensRequest;
import org.rekey.proto.deviceauth.v1.SetLimitRequest;

/// What other services ask about devices, on the internal port. The one tenant is called by its id
/// or, as Mender's workflows do, by none at all; of another one there is nothing.
final class DeviceInternalRoutes {
  private static final String NO_DEVICE = "device not found";

  private final Rpc rpc;
  private final DeviceList list;
  private final String tenantId;

  DeviceInternalRoutes(Rpc rpc, String tenantId) {
    this.rpc = rpc;
    this.list = new DeviceList(rpc);
    this.tenantId = tenantId;
  }

  /// The verdict was given before this was called: the token is good, and that is the answer.
  void verify(Call call) {
    Answers.empty(call.scope(), 200);
  }

  /// There is nothing to make, and the body is not looked at.
  void createTenant(Call call) {
    Answers.empty(call.scope(), 201);
  }

  void listDevices(Call call) throws BadRequest {
    if (isOfAnother(call)) {
      Answers.json(call.scope(), 200, Buffer.buffer("[]"));
    } else {
      list.send(call);
    }
  }

  void countDevices(Call call) throws BadRequest {
    if (isOfAnother(call)) {
      Answers.json(call.scope(), 200, Small.json("count", 0));
    } else {
      list.count(call);
    }
  }

  void deviceStatus(Call call) {
    if (isOfAnother(call)) {
      Answers.error(call.scope(), 404, NO_DEVICE);
      return;
    }
    rpc.ask(
        call.scope(),
        DevicesGrpc.getGetDeviceMethod(),
        GetDeviceRequest.newBuilder().setId(call.parameter("did")).build(),
        response ->
            Answers.json(
                call.scope(),
                200,
                Small.json("status", DeviceStatuses.text(response.getDevice().getStatus()))),
        DeviceRoutes.otherwise(call.scope(), NO_DEVICE));
  }

  void deleteDevice(Call call) {
    if (isOfAnother(call)) {
      Answers.error(call.scope(), 404, NO_DEVICE);
      return;
    }
    rpc.ask(
        call.scope(),
        DevicesGrpc.getDecommissionDeviceMethod(),
        DecommissionDeviceRequest.newBuilder().setId(call.parameter("did")).build(),
        _ -> Answers.empty(call.scope(), 204),
        DeviceRoutes.otherwise(call.scope(), NO_DEVICE));
  }

  /// Mender's workflows say here that other services know the device. Nothing here depends on it; a
  /// device that is not there is told.
  void provisioned(Call call) throws BadRequest {
    boolean _ = call.json(why -> "failed to decode request body: " + why).flag("provisioned");
    if (isOfAnother(call)) {
      Answers.error(call.scope(), 404, NO_DEVICE);
      return;
    }
    rpc.ask(
        call.scope(),
        DevicesGrpc.getGetDeviceMethod(),
        GetDeviceRequest.newBuilder().setId(call.parameter("did")).build(),
        _ -> Answers.empty(call.scope(), 204),
        DeviceRoutes.otherwise(call.scope(), NO_DEVICE));
  }

  /// Of one device, or without `device_id` of all.
  void revokeTokens(Call call) throws BadRequest {
    QueryString query = call.query();
    query.requireOnly("tenant_id", "device_id");
    String tenant =
        query.first("tenant_id").orElseThrow(() -> new BadRequest("tenant_id must be provided"));
    if (!tenant.equals(tenantId)) {
      Answers.empty(call.scope(), 204);
      return;
    }
    RevokeAllDeviceTokensRequest.Builder request = RevokeAllDeviceTokensRequest.newBuilder();
    query
        .first("device_id")
        .ifPresentOrElse(request::setDeviceId, () -> request.setAllDevices(true));
    rpc.ask(
        call.scope(),
        DevicesGrpc.getRevokeAllDeviceTokensMethod(),
        request.build(),
        _ -> Answers.empty(call.scope(), 204));
  }

  void limit(Call call) throws BadRequest {
    String name = DeviceRoutes.limitName(call);
    if (isOfAnother(call)) {
      Answers.json(call.scope(), 200, Small.json("limit", -1));
      return;
    }
    rpc.ask(
        call.scope(),
        DevicesGrpc.getGetLimitMethod(),
        GetLimitRequest.newBuilder().setName(name).build(),
        response -> Answers.json(call.scope(), 200, Small.json("limit", response.getLimit())));
  }

  void setLimit(Call call) throws BadRequest {
    long limit = call.json(why -> "failed to decode limit: " + why).integer("limit");
    if (limit < -1) {
      throw new BadRequest("limit: " + limit + " (expected: -1 for any number, 0 or more)");
    }
    setLimit(call, limit);
  }

  void deleteLimit(Call call) throws BadRequest {
    setLimit(call, -1);
  }

  private void setLimit(Call call, long limit) throws BadRequest {
    String name = DeviceRoutes.limitName(call);
    if (isOfAnother(call)) {
      Answers.error(call.scope(), 404, "Entity not found");
      return;
    }
    rpc.ask(
        call.scope(),
        DevicesGrpc.getSetLimitMethod(),
        SetLimitRequest.newBuilder().setName(name).setLimit(limit).build(),
        _ -> Answers.empty(call.scope(), 204));
  }

  private boolean isOfAnother(Call call) {
    String tenant = call.parameter("tenant_id");
    return !tenant.isEmpty() && !tenant.equals(tenantId);
  }
}
