package org.rekey.deviceauth.grpc;

import io.grpc.ServerServiceDefinition;
import org.rekey.deviceauth.AuthSetStatus;
import org.rekey.deviceauth.DecisionStore;
import org.rekey.deviceauth.Devices;
import org.rekey.proto.deviceauth.v1.AuthSetRefusal;
import org.rekey.proto.deviceauth.v1.CountDevicesRequest;
import org.rekey.proto.deviceauth.v1.CountDevicesResponse;
import org.rekey.proto.deviceauth.v1.DecommissionDeviceRequest;
import org.rekey.proto.deviceauth.v1.DecommissionDeviceResponse;
import org.rekey.proto.deviceauth.v1.DeleteAuthSetRequest;
import org.rekey.proto.deviceauth.v1.DeleteAuthSetResponse;
import org.rekey.proto.deviceauth.v1.DeviceStatus;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.proto.deviceauth.v1.GetAuthSetStatusRequest;
import org.rekey.proto.deviceauth.v1.GetAuthSetStatusResponse;
import org.rekey.proto.deviceauth.v1.GetDeviceRequest;
import org.rekey.proto.deviceauth.v1.GetDeviceResponse;
import org.rekey.proto.deviceauth.v1.GetLimitRequest;
import org.rekey.proto.deviceauth.v1.GetLimitResponse;
import org.rekey.proto.deviceauth.v1.ListDevicesRequest;
import org.rekey.proto.deviceauth.v1.ListDevicesResponse;
import org.rekey.proto.deviceauth.v1.PreauthorizeDeviceRequest;
import org.rekey.proto.deviceauth.v1.PreauthorizeDeviceResponse;
import org.rekey.proto.deviceauth.v1.RevokeAllDeviceTokensRequest;
import org.rekey.proto.deviceauth.v1.RevokeAllDeviceTokensResponse;
import org.rekey.proto.deviceauth.v1.RevokeDeviceTokenRequest;
import org.rekey.proto.deviceauth.v1.RevokeDeviceTokenResponse;
import org.rekey.proto.deviceauth.v1.SetAuthSetStatusRequest;
import org.rekey.proto.deviceauth.v1.SetAuthSetStatusResponse;
import org.rekey.proto.deviceauth.v1.SetLimitRequest;
import org.rekey.proto.deviceauth.v1.SetLimitResponse;
import org.rekey.runtime.grpc.RpcFailure;
import org.rekey.runtime.grpc.RpcService;

/// `rekey.deviceauth.v1.Devices`.
public final class DevicesEndpoint {
  private static final String MAX_DEVICES = "max_devices";

  private final Devices devices;
  private final KeyRotationsEndpoint rotations;

  public DevicesEndpoint(Devices devices, KeyRotationsEndpoint rotations) {
    this.devices = devices;
    this.rotations = rotations;
  }

  public ServerServiceDefinition bind() {
    return RpcService.of(DevicesGrpc.getServiceDescriptor())
        .unary(DevicesGrpc.getListDevicesMethod(), this::list)
        .unary(DevicesGrpc.getCountDevicesMethod(), this::count)
        .unary(DevicesGrpc.getGetDeviceMethod(), this::get)
        .unary(DevicesGrpc.getPreauthorizeDeviceMethod(), this::preauthorize)
        .unary(DevicesGrpc.getDecommissionDeviceMethod(), this::decommission)
        .unary(DevicesGrpc.getGetAuthSetStatusMethod(), this::authSetStatus)
        .unary(DevicesGrpc.getSetAuthSetStatusMethod(), this::setAuthSetStatus)
        .unary(DevicesGrpc.getDeleteAuthSetMethod(), this::deleteAuthSet)
        .unary(DevicesGrpc.getRevokeDeviceTokenMethod(), this::revokeToken)
        .unary(DevicesGrpc.getRevokeAllDeviceTokensMethod(), this::revokeAllTokens)
        .unary(DevicesGrpc.getGetLimitMethod(), this::limit)
        .unary(DevicesGrpc.getSetLimitMethod(), this::setLimit)
        .unary(DevicesGrpc.getOrderKeyRotationsMethod(), rotations::order)
        .unary(DevicesGrpc.getCancelKeyRotationsMethod(), rotations::cancel)
        .unary(DevicesGrpc.getListKeyRotationsMethod(), rotations::list)
        .build();
  }

  ListDevicesResponse list(ListDevicesRequest request) {
    Devices.Page page =
        devices.list(
            Wire.statuses(request.getStatusesList()),
            request.getIdsList(),
            Integer.toUnsignedLong(request.getPage()),
            request.getPerPage());
    ListDevicesResponse.Builder response = ListDevicesResponse.newBuilder();
    page.devices().forEach(device -> response.addDevices(Wire.toProto(device)));
    return response.setHasMore(page.more()).build();
  }

  CountDevicesResponse count(CountDevicesRequest request) {
    return CountDevicesResponse.newBuilder()
        .setCount(devices.count(Wire.statuses(request.getStatusesList())))
        .build();
  }

  GetDeviceResponse get(GetDeviceRequest request) {
    return devices
        .get(request.getId())
        .map(device -> GetDeviceResponse.newBuilder().setDevice(Wire.toProto(device)).build())
        .orElseThrow(DevicesEndpoint::noDevice);
  }

  PreauthorizeDeviceResponse preauthorize(PreauthorizeDeviceRequest request) {
    PreauthorizeDeviceResponse.Builder response = PreauthorizeDeviceResponse.newBuilder();
    switch (devices.preauthorize(
        request.getIdentityData(), request.getPublicKey(), request.getForce())) {
      case Devices.Preauthorized(var device) -> response.setDevice(Wire.toProto(device));
      case Devices.AlreadyThere(var device) -> response.setAlreadyThere(Wire.toProto(device));
      case Devices.Unusable(String why) -> response.setBadRequest(why);
    }
    return response.build();
  }

  DecommissionDeviceResponse decommission(DecommissionDeviceRequest request) {
    if (!devices.decommission(request.getId())) {
      throw noDevice();
    }
    return DecommissionDeviceResponse.getDefaultInstance();
  }

  GetAuthSetStatusResponse authSetStatus(GetAuthSetStatusRequest request) {
    return devices
        .authSetStatus(request.getAuthSetId())
        .map(
            status -> GetAuthSetStatusResponse.newBuilder().setStatus(Wire.toProto(status)).build())
        .orElseThrow(DevicesEndpoint::noAuthSet);
  }

  SetAuthSetStatusResponse setAuthSetStatus(SetAuthSetStatusRequest request) {
    SetAuthSetStatusResponse.Builder response = SetAuthSetStatusResponse.newBuilder();
    switch (devices.set(
        request.getDeviceId(), request.getAuthSetId(), wanted(request.getStatus()))) {
      case DecisionStore.StatusSet set -> response.setAuthSet(Wire.toProto(set.authSet()));
      case DecisionStore.NotSet refused ->
          response.setRefused(AuthSetRefusal.newBuilder().setRule(toProto(refused.rule())));
    }
    return response.build();
  }

  private static AuthSetStatus wanted(DeviceStatus status) {
    return switch (status) {
      case DEVICE_STATUS_ACCEPTED -> AuthSetStatus.ACCEPTED;
      case DEVICE_STATUS_REJECTED -> AuthSetStatus.REJECTED;
      case DEVICE_STATUS_PENDING -> AuthSetStatus.PENDING;
      case DEVICE_STATUS_PREAUTHORIZED,
          DEVICE_STATUS_NOAUTH,
          DEVICE_STATUS_UNSPECIFIED,
          UNRECOGNIZED ->
          throw RpcFailure.invalidArgument(
              "status: not to be set (expected: accepted, rejected or pending)");
    };
  }

  private static AuthSetRefusal.Rule toProto(DecisionStore.Rule rule) {
    return switch (rule) {
      case NOT_FOUND -> AuthSetRefusal.Rule.RULE_NOT_FOUND;
      case OTHER_DEVICE -> AuthSetRefusal.Rule.RULE_OTHER_DEVICE;
      case TRANSITION -> AuthSetRefusal.Rule.RULE_TRANSITION;
      case LIMIT_REACHED -> AuthSetRefusal.Rule.RULE_LIMIT_REACHED;
    };
  }

  DeleteAuthSetResponse deleteAuthSet(DeleteAuthSetRequest request) {
    if (!devices.deleteAuthSet(request.getDeviceId(), request.getAuthSetId())) {
      throw noAuthSet();
    }
    return DeleteAuthSetResponse.getDefaultInstance();
  }

  RevokeDeviceTokenResponse revokeToken(RevokeDeviceTokenRequest request) {
    if (!devices.revokeToken(request.getId())) {
      throw RpcFailure.notFound("token not found");
    }
    return RevokeDeviceTokenResponse.getDefaultInstance();
  }

  RevokeAllDeviceTokensResponse revokeAllTokens(RevokeAllDeviceTokensRequest request) {
    long revoked =
        switch (request.getWhoseCase()) {
          case DEVICE_ID -> devices.revokeTokensOf(request.getDeviceId());
          case ALL_DEVICES -> devices.revokeAllTokens();
          case WHOSE_NOT_SET ->
              throw RpcFailure.invalidArgument("whose: absent (expected: a device or all)");
        };
    return RevokeAllDeviceTokensResponse.newBuilder().setRevoked(revoked).build();
  }

  GetLimitResponse limit(GetLimitRequest request) {
    requireKnown(request.getName());
    return GetLimitResponse.newBuilder().setLimit(devices.maxDevices()).build();
  }

  SetLimitResponse setLimit(SetLimitRequest request) {
    requireKnown(request.getName());
    devices.limitDevices(request.getLimit());
    return SetLimitResponse.getDefaultInstance();
  }

  private static void requireKnown(String limit) {
    if (!limit.equals(MAX_DEVICES)) {
      throw RpcFailure.invalidArgument("unsupported limit " + limit);
    }
  }

  private static RpcFailure noDevice() {
    return RpcFailure.notFound("device not found");
  }

  private static RpcFailure noAuthSet() {
    return RpcFailure.notFound("authorization set not found");
  }
}
