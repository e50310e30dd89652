package org.rekey.bench.devices;

import io.grpc.Channel;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.rekey.bench.Figures;
import org.rekey.bench.load.ClosedLoop;
import org.rekey.bench.load.Cpu;
import org.rekey.bench.load.Progress;
import org.rekey.bench.load.RekeyUp;
import org.rekey.bench.load.RoundOptions;
import org.rekey.bench.load.WarmUp;
import org.rekey.bench.load.Work;
import org.rekey.proto.deviceauth.v1.AuthRequestsGrpc;
import org.rekey.proto.deviceauth.v1.AuthenticateRequest;
import org.rekey.proto.deviceauth.v1.AuthenticateResponse;
import org.rekey.proto.deviceauth.v1.DeviceStatus;

/// Auth requests as fast as they are answered: of devices never seen, and of accepted ones that
/// have lost their tokens; to the service, and through the gateway. All are signed beforehand.
final class AuthLoad {
  private static final int AT_ONCE = 32;
  private static final int WARM_UP_DEVICES = 2000;

  private final Setup setup;
  private final List<SignedRequest> returning;
  private final Duration duration;
  private long nextNew;

  /// @param channel to deviceauth-svc
  /// @param signed new devices for each measurement; it ends early when there are no more
  record Setup(
      RekeyUp instance,
      Channel channel,
      Gateway gateway,
      Fleet fleet,
      DeviceRows rows,
      RoundOptions options,
      int signed,
      Figures figures,
      Progress progress) {}

  /// @param returning of accepted devices
  AuthLoad(Setup setup, List<SignedRequest> returning) {
    this.setup = setup;
    this.returning = returning;
    this.duration = Duration.ofSeconds(setup.options().seconds());
  }

  void warmUp() {
    setup.progress().say("warming up auth requests");
    List<SignedRequest> fresh = fresh(WARM_UP_DEVICES);
    var _ = run(grpc(fresh.subList(0, WARM_UP_DEVICES / 2), true), WARM_UP_DEVICES / 2);
    warmUp(grpc(returning, false));
    var _ =
        run(https(fresh.subList(WARM_UP_DEVICES / 2, WARM_UP_DEVICES), 401), WARM_UP_DEVICES / 2);
    warmUp(https(returning, 200));
    warmUp(setup.gateway().noOp());
    setup.rows().forgetPending();
  }

  private void warmUp(Work work) {
    WarmUp.run(
        work, AT_ONCE, setup.instance().pid("deviceauth"), duration, setup.options().warmup());
  }

  /// @param table how many devices are in it
  void round(String table) {
    List<SignedRequest> fresh = fresh(2 * setup.signed());
    double grpc = measure("no-op, gRPC, " + table, Work.noOp(setup.channel()), Double.NaN);
    List<SignedRequest> first = fresh.subList(0, setup.signed());
    enrol("new device, gRPC, " + table, grpc(first, true), grpc);
    measure("lost token, gRPC, " + table, grpc(returning, false), grpc);
    double https = measure("no-op, HTTPS, " + table, setup.gateway().noOp(), Double.NaN);
    List<SignedRequest> second = fresh.subList(setup.signed(), fresh.size());
    enrol("new device, HTTPS, " + table, https(second, 401), https);
    measure("lost token, HTTPS, " + table, https(returning, 200), https);
    setup.rows().forgetPending();
  }

  private List<SignedRequest> fresh(int count) {
    List<Device> devices = setup.fleet().devices(Fleet.Part.NEW, nextNew, count);
    nextNew += count;
    return SignedRequest.of(devices);
  }

  private Work grpc(List<SignedRequest> requests, boolean isNew) {
    List<AuthenticateRequest> messages = requests.stream().map(SignedRequest::grpc).toList();
    return Work.unary(
        setup.channel(),
        AuthRequestsGrpc.getAuthenticateMethod(),
        Work.inTurn(messages),
        isNew ? AuthLoad::isPending : AuthenticateResponse::hasIssued);
  }

  private static boolean isPending(AuthenticateResponse response) {
    return response.getNotAuthorized().getStatus() == DeviceStatus.DEVICE_STATUS_PENDING;
  }

  private Work https(List<SignedRequest> requests, int expected) {
    String url = setup.gateway().url();
    List<HttpRequest> messages = requests.stream().map(request -> request.https(url)).toList();
    return setup.gateway().work(Work.inTurn(messages), expected);
  }

  private void enrol(String row, Work work, double noOp) {
    AtomicLong left = new AtomicLong(setup.signed() - AT_ONCE);
    long end = System.nanoTime() + duration.toNanos();
    measure(row, work, noOp, () -> System.nanoTime() - end < 0 && left.getAndDecrement() > 0);
  }

  private static ClosedLoop.Measured run(Work work, int starts) {
    return ClosedLoop.run(work, AT_ONCE, (long) starts);
  }

  private double measure(String row, Work work, double noOp) {
    long end = System.nanoTime() + duration.toNanos();
    return measure(row, work, noOp, () -> System.nanoTime() - end < 0);
  }

  /// @param noOp how many there were of it in a second; not a number for the no-op itself
  /// @return how many a second
  private double measure(String row, Work work, double noOp, BooleanSupplier more) {
    Duration deviceauth = used("deviceauth");
    Duration keystore = used("keystore");
    Duration postgres = used("postgres");
    ClosedLoop.Measured measured = ClosedLoop.run(work, AT_ONCE, more);
    double perSecond = measured.perSecond();
    double ofNoOp = Double.isNaN(noOp) ? 1 : perSecond / noOp;
    double p50 = measured.latencies().millis(0.5);
    double p99 = measured.latencies().millis(0.99);
    setup
        .progress()
        .say(
            String.format(
                Locale.ROOT,
                "  %s: %.0f per second, p50 %.2f ms, p99 %.2f ms",
                row,
                perSecond,
                p50,
                p99));
    setup
        .figures()
        .round(
            row,
            perSecond,
            ofNoOp,
            p50,
            p99,
            micros("deviceauth", deviceauth, measured.calls()),
            micros("keystore", keystore, measured.calls()),
            micros("postgres", postgres, measured.calls()));
    return perSecond;
  }

  private Duration used(String process) {
    return Cpu.usedBy(setup.instance().pid(process));
  }

  private double micros(String process, Duration before, long calls) {
    return used(process).minus(before).toNanos() / 1e3 / calls;
  }
}
