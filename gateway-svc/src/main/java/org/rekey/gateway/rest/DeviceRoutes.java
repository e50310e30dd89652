package org.rekey.gateway.rest;

import io.grpc.Status;
import io.vertx.core.http.HttpHeaders;
import java.util.function.Consumer;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.proto.deviceauth.v1.AuthSetRefusal;
import org.rekey.proto.deviceauth.v1.DecommissionDeviceRequest;
import org.rekey.proto.deviceauth.v1.DeleteAuthSetRequest;
import org.rekey.proto.deviceauth.v1.DeviceStatus;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.proto.deviceauth.v1.GetAuthSetStatusRequest;
import org.rekey.proto.deviceauth.v1.GetDeviceRequest;
import org.rekey.proto.deviceauth.v1.GetLimitRequest;
import org.rekey.proto.deviceauth.v1.PreauthorizeDeviceRequest;
import org.rekey.proto.deviceauth.v1.PreauthorizeDeviceResponse;
import org.rekey.proto.deviceauth.v1.RevokeDeviceTokenRequest;
import org.rekey.proto.deviceauth.v1.SetAuthSetStatusRequest;
import org.rekey.proto.deviceauth.v1.SetAuthSetStatusResponse;

/// Devices, their keys and tokens, for those who own them.
final class DeviceRoutes {
  static final String MAX_DEVICES = "max_devices";

  private final Rpc rpc;
  private final DeviceList list;

  DeviceRoutes(Rpc rpc) {
    this.rpc = rpc;
    this.list = new DeviceList(rpc);
  }

  void list(Call call) throws BadRequest {
    list.send(call);
  }

  void search(Call call) throws BadRequest {
    JsonObject filters = call.json(why -> "failed to decode device filter: " + why);
    list.send(
        call,
        DeviceStatuses.all(filters.texts("status"), DeviceList.BAD_FILTER),
        filters.texts("id"));
  }

  void count(Call call) throws BadRequest {
    list.count(call);
  }

  void get(Call call) {
    rpc.ask(
        call.scope(),
        DevicesGrpc.getGetDeviceMethod(),
        GetDeviceRequest.newBuilder().setId(call.parameter("id")).build(),
        response -> Answers.json(call.scope(), 200, DeviceJson.of(response.getDevice())),
        otherwise(call.scope(), "device not found"));
  }

  void preauthorize(Call call) throws BadRequest {
    JsonObject wanted = call.json(why -> "failed to decode preauth request: " + why);
    rpc.ask(
        call.scope(),
        DevicesGrpc.getPreauthorizeDeviceMethod(),
        PreauthorizeDeviceRequest.newBuilder()
            .setIdentityData(wanted.object("identity_data").orElse(""))
            .setPublicKey(wanted.text("pubkey").orElse(""))
            .setForce(wanted.flag("force"))
            .build(),
        response -> preauthorized(call.scope(), response));
  }

  private static void preauthorized(RequestScope scope, PreauthorizeDeviceResponse response) {
    switch (response.getOutcomeCase()) {
      case DEVICE -> {
        scope.response().putHeader(HttpHeaders.LOCATION, "devices/" + response.getDevice().getId());
        Answers.empty(scope, 201);
      }
      case ALREADY_THERE ->
          Answers.json(scope, 409, DeviceJson.ofConflict(response.getAlreadyThere()));
      case BAD_REQUEST ->
          Answers.error(
              scope, 400, "failed to decode preauth request: " + response.getBadRequest());
      case OUTCOME_NOT_SET -> Answers.error(scope, 500, "internal error");
    }
  }

  void decommission(Call call) {
    rpc.ask(
        call.scope(),
        DevicesGrpc.getDecommissionDeviceMethod(),
        DecommissionDeviceRequest.newBuilder().setId(call.parameter("id")).build(),
        _ -> Answers.empty(call.scope(), 204),
        otherwiseEmpty(call.scope()));
  }

  void deleteAuthSet(Call call) {
    rpc.ask(
        call.scope(),
        DevicesGrpc.getDeleteAuthSetMethod(),
        DeleteAuthSetRequest.newBuilder()
            .setDeviceId(call.parameter("id"))
            .setAuthSetId(call.parameter("aid"))
            .build(),
        _ -> Answers.empty(call.scope(), 204),
        otherwiseEmpty(call.scope()));
  }

  void authSetStatus(Call call) {
    rpc.ask(
        call.scope(),
        DevicesGrpc.getGetAuthSetStatusMethod(),
        GetAuthSetStatusRequest.newBuilder().setAuthSetId(call.parameter("aid")).build(),
        response ->
            Answers.json(
                call.scope(), 200, Small.json("status", DeviceStatuses.text(response.getStatus()))),
        otherwise(call.scope(), "authorization set not found"));
  }

  void setAuthSetStatus(Call call) throws BadRequest {
    String text =
        call.json(why -> "failed to decode status data: " + why).text("status").orElse("");
    DeviceStatus status =
        DeviceStatuses.of(text)
            .filter(DeviceRoutes::canBeSet)
            .orElseThrow(() -> new BadRequest("incorrect device status"));
    rpc.ask(
        call.scope(),
        DevicesGrpc.getSetAuthSetStatusMethod(),
        SetAuthSetStatusRequest.newBuilder()
            .setDeviceId(call.parameter("id"))
            .setAuthSetId(call.parameter("aid"))
            .setStatus(status)
            .build(),
        response -> statusSet(call.scope(), response));
  }

  private static boolean canBeSet(DeviceStatus status) {
    return switch (status) {
      case DEVICE_STATUS_ACCEPTED, DEVICE_STATUS_REJECTED, DEVICE_STATUS_PENDING -> true;
      case DEVICE_STATUS_PREAUTHORIZED,
          DEVICE_STATUS_NOAUTH,
          DEVICE_STATUS_UNSPECIFIED,
          UNRECOGNIZED ->
          false;
    };
  }

  private static void statusSet(RequestScope scope, SetAuthSetStatusResponse response) {
    switch (response.getOutcomeCase()) {
      case AUTH_SET -> Answers.empty(scope, 204);
      case REFUSED -> refused(scope, response.getRefused());
      case OUTCOME_NOT_SET -> Answers.error(scope, 500, "internal error");
    }
  }

  private static void refused(RequestScope scope, AuthSetRefusal refusal) {
    switch (refusal.getRule()) {
      case RULE_NOT_FOUND -> Answers.error(scope, 404, "authorization set not found");
      case RULE_OTHER_DEVICE -> Answers.error(scope, 400, "dev auth: dev ID and auth ID mismatch");
      case RULE_TRANSITION -> Answers.error(scope, 400, "dev auth: bad request");
      case RULE_LIMIT_REACHED ->
          Answers.error(scope, 422, "maximum number of accepted devices reached");
      case RULE_UNSPECIFIED, UNRECOGNIZED -> Answers.error(scope, 500, "internal error");
    }
  }

  void revokeToken(Call call) {
    rpc.ask(
        call.scope(),
        DevicesGrpc.getRevokeDeviceTokenMethod(),
        RevokeDeviceTokenRequest.newBuilder().setId(call.parameter("id")).build(),
        _ -> Answers.empty(call.scope(), 204),
        otherwiseEmpty(call.scope()));
  }

  void limit(Call call) throws BadRequest {
    rpc.ask(
        call.scope(),
        DevicesGrpc.getGetLimitMethod(),
        GetLimitRequest.newBuilder().setName(limitName(call)).build(),
        response -> Answers.json(call.scope(), 200, Small.json("limit", response.getLimit())));
  }

  static String limitName(Call call) throws BadRequest {
    String name = call.parameter("name");
    if (!name.equals(MAX_DEVICES)) {
      throw new BadRequest("unsupported limit " + name);
    }
    return name;
  }

  /// What is not there: 404 with this text.
  static Consumer<Status> otherwise(RequestScope scope, String notFound) {
    return status -> {
      if (status.getCode() == Status.Code.NOT_FOUND) {
        Answers.error(scope, 404, notFound);
      } else {
        Rpc.refuse(scope, status);
      }
    };
  }

  /// What is not there: 404 without a body.
  static Consumer<Status> otherwiseEmpty(RequestScope scope) {
    return status -> {
      if (status.getCode() == Status.Code.NOT_FOUND) {
        Answers.empty(scope, 404);
      } else {
        Rpc.refuse(scope, status);
      }
    };
  }
}
