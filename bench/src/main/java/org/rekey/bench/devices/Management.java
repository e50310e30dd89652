package org.rekey.bench.devices;

import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.rekey.bench.Figures;
import org.rekey.bench.load.ClosedLoop;
import org.rekey.bench.load.Latencies;
import org.rekey.bench.load.Progress;
import org.rekey.bench.load.Work;
import org.rekey.proto.deviceauth.v1.CountDevicesRequest;
import org.rekey.proto.deviceauth.v1.CountDevicesResponse;
import org.rekey.proto.deviceauth.v1.DeviceStatus;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.proto.deviceauth.v1.GetDeviceRequest;
import org.rekey.proto.deviceauth.v1.GetDeviceResponse;
import org.rekey.proto.deviceauth.v1.ListDevicesRequest;
import org.rekey.proto.deviceauth.v1.ListDevicesResponse;

/// What owners ask about their devices, as the gateway asks it for them: one call after the other.
final class Management {
  private static final Duration LONGEST = Duration.ofSeconds(3);
  private static final int PER_PAGE = 20;
  private static final int LARGEST_PAGE = 500;
  private static final int SEARCHED = 20;
  private static final DeviceStatus ACCEPTED = DeviceStatus.DEVICE_STATUS_ACCEPTED;

  private final Channel channel;
  private final Fleet fleet;
  private final int live;

  /// @param channel to deviceauth-svc
  /// @param live how many accepted devices there are at least
  Management(Channel channel, Fleet fleet, int live) {
    this.channel = channel;
    this.fleet = fleet;
    this.live = live;
  }

  /// @param table how many devices are in it, for the rows' names
  void measure(String table, Duration duration, Figures figures, Progress progress) {
    Duration each = duration.compareTo(LONGEST) < 0 ? duration : LONGEST;
    double noOp = Double.NaN;
    for (Map.Entry<String, Work> call : calls().entrySet()) {
      String row = call.getKey() + ", " + table;
      ClosedLoop.Measured measured = ClosedLoop.run(call.getValue(), 1, each);
      Latencies latencies = measured.latencies();
      double p50 = latencies.millis(0.5);
      noOp = Double.isNaN(noOp) ? p50 : noOp;
      double p99 = latencies.millis(0.99);
      progress.say(
          String.format(
              Locale.ROOT,
              "  %s: %d calls, p50 %.2f ms, p99 %.2f ms",
              row,
              measured.calls(),
              p50,
              p99));
      figures.round(row, (double) measured.calls(), p50, p99, p50 / noOp);
    }
  }

  /// In the order of the rows, the no-op first.
  private Map<String, Work> calls() {
    Map<String, Work> calls = new LinkedHashMap<>();
    calls.put("no-op", Work.noOp(channel));
    calls.put("first page of 20", list(page(1, PER_PAGE), PER_PAGE));
    calls.put("first page of 500", list(page(1, LARGEST_PAGE), LARGEST_PAGE));
    int middle = live / 2 / PER_PAGE;
    calls.put("page of 20 in the middle", list(page(middle, PER_PAGE), PER_PAGE));
    calls.put("last page of 20", list(page(live / PER_PAGE, PER_PAGE), PER_PAGE));
    calls.put(
        "accepted ones, page of 20 in the middle",
        list(page(middle, PER_PAGE).addStatuses(ACCEPTED), PER_PAGE));
    calls.put("count of all", count(CountDevicesRequest.getDefaultInstance()));
    calls.put(
        "count of accepted ones", count(CountDevicesRequest.newBuilder().addStatuses(ACCEPTED)));
    calls.put("search for 20 ids", search());
    calls.put("one device", one());
    return calls;
  }

  private static ListDevicesRequest.Builder page(int number, int perPage) {
    return ListDevicesRequest.newBuilder().setPage(number).setPerPage(perPage);
  }

  private Work list(ListDevicesRequest.Builder request, int expected) {
    ListDevicesRequest built = request.build();
    return list(() -> built, expected);
  }

  private Work list(Supplier<ListDevicesRequest> requests, int expected) {
    return work(
        DevicesGrpc.getListDevicesMethod(),
        requests,
        (ListDevicesResponse response) -> response.getDevicesCount() == Math.min(live, expected));
  }

  private Work search() {
    return list(
        () ->
            page(1, PER_PAGE)
                .addStatuses(ACCEPTED)
                .addAllIds(Stream.generate(this::anyId).distinct().limit(SEARCHED).toList())
                .build(),
        SEARCHED);
  }

  private Work one() {
    return work(
        DevicesGrpc.getGetDeviceMethod(),
        () -> GetDeviceRequest.newBuilder().setId(anyId()).build(),
        GetDeviceResponse::hasDevice);
  }

  private String anyId() {
    int number = ThreadLocalRandom.current().nextInt(live);
    List<Device> device = fleet.devices(Fleet.Part.LIVE, number, 1);
    return device.getFirst().id();
  }

  private Work count(CountDevicesRequest.Builder request) {
    return count(request.build());
  }

  private Work count(CountDevicesRequest request) {
    return work(
        DevicesGrpc.getCountDevicesMethod(),
        () -> request,
        (CountDevicesResponse response) -> response.getCount() >= live);
  }

  private <Q, A> Work work(MethodDescriptor<Q, A> method, Supplier<Q> requests, Predicate<A> good) {
    return Work.unary(channel, method, requests, good);
  }
}
