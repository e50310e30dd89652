package org.rekey.gateway.rest;

import java.util.List;
import org.rekey.gateway.http.Answers;
import org.rekey.proto.deviceauth.v1.CountDevicesRequest;
import org.rekey.proto.deviceauth.v1.DeviceStatus;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.proto.deviceauth.v1.ListDevicesRequest;

/// Lists and counts of devices, for the management API and the internal one.
final class DeviceList {
  static final PageLimits LIMITS = new PageLimits(20, 500);
  static final String BAD_FILTER =
      "filter status must be one of: accepted, pending, rejected, preauthorized or noauth";
  private static final String BAD_COUNT =
      "status must be one of: pending, accepted, rejected, preauthorized, noauth";

  private final Rpc rpc;

  DeviceList(Rpc rpc) {
    this.rpc = rpc;
  }

  /// A page, filtered by the query.
  void send(Call call) throws BadRequest {
    QueryString query = call.query();
    send(call, DeviceStatuses.all(query.all("status"), BAD_FILTER), query.all("id"));
  }

  /// A page; which one, says the query.
  void send(Call call, List<DeviceStatus> statuses, List<String> ids) throws BadRequest {
    QueryString query = call.query();
    Page page = Page.of(query, LIMITS);
    if (page.number() > Integer.MAX_VALUE) {
      throw new BadRequest("invalid page query: value is too large");
    }
    rpc.ask(
        call.scope(),
        DevicesGrpc.getListDevicesMethod(),
        ListDevicesRequest.newBuilder()
            .addAllStatuses(statuses)
            .addAllIds(ids)
            .setPage((int) page.number())
            .setPerPage(page.perPage())
            .build(),
        response -> {
          call.scope()
              .response()
              .putHeader("Link", page.links(call.path().path(), query, response.getHasMore()));
          Answers.json(call.scope(), 200, DeviceJson.of(response.getDevicesList()));
        });
  }

  void count(Call call) throws BadRequest {
    rpc.ask(
        call.scope(),
        DevicesGrpc.getCountDevicesMethod(),
        CountDevicesRequest.newBuilder()
            .addAllStatuses(DeviceStatuses.all(call.query().all("status"), BAD_COUNT))
            .build(),
        response -> Answers.json(call.scope(), 200, Small.json("count", response.getCount())));
  }
}
