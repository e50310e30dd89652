package org.rekey.runtime.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.NameResolver;
import io.grpc.NameResolver.ConfigOrError;
import io.grpc.NameResolver.Listener2;
import io.grpc.NameResolver.ResolutionResult;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.rekey.runtime.config.HostPort;

/// With a DNS that answers only when it is let.
@Timeout(20)
class ReplicaResolverTest {
  private final AtomicInteger questions = new AtomicInteger();
  private final Semaphore answers = new Semaphore(0);
  private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
  private final SynchronizationContext context =
      new SynchronizationContext((_, e) -> heard.add(new Heard(Status.fromThrowable(e), 0)));
  private final ReplicaResolver resolver =
      new ReplicaResolver(
          List.of(new HostPort("one.example", 1), new HostPort("gone.example", 2)),
          this::addresses,
          args());

  private record Heard(Status status, int addresses) {}

  private InetAddress[] addresses(String host) throws UnknownHostException {
    if (host.startsWith("gone")) {
      throw new UnknownHostException(host);
    }
    questions.incrementAndGet();
    try {
      if (!answers.tryAcquire(5, TimeUnit.SECONDS)) {
        throw new UnknownHostException(host);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new InetAddress[] {InetAddress.getLoopbackAddress()};
  }

  private NameResolver.Args args() {
    return NameResolver.Args.newBuilder()
        .setDefaultPort(443)
        .setProxyDetector(_ -> null)
        .setSynchronizationContext(context)
        .setServiceConfigParser(
            new NameResolver.ServiceConfigParser() {
              @Override
              public ConfigOrError parseServiceConfig(Map<String, ?> config) {
                return ConfigOrError.fromConfig(config);
              }
            })
        .build();
  }

  private void start() {
    context.execute(
        () ->
            resolver.start(
                new Listener2() {
                  @Override
                  public void onResult(ResolutionResult result) {
                    context.throwIfNotInThisSynchronizationContext();
                    var found = result.getAddressesOrError();
                    heard.add(
                        new Heard(
                            found.getStatus(), found.hasValue() ? found.getValue().size() : 0));
                  }

                  @Override
                  public void onError(Status error) {
                    heard.add(new Heard(error, 0));
                  }
                }));
  }

  private Heard next() throws InterruptedException {
    Heard next = heard.poll(10, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }

  @Test
  void whoAsksDoesNotWaitForSlowDns() throws InterruptedException {
    start();
    context.execute(resolver::refresh);
    context.execute(resolver::refresh);
    assertThat(heard).isEmpty();
    answers.release(3);
    assertThat(next()).isEqualTo(new Heard(Status.OK, 1));
    assertThat(questions).as("three wishes, one question").hasValue(1);

    context.execute(resolver::refresh);
    assertThat(next()).isEqualTo(new Heard(Status.OK, 1));
    assertThat(questions).hasValue(2);
  }

  @Test
  void nothingIsToldAfterTheEnd() throws InterruptedException {
    start();
    context.execute(resolver::shutdown);
    context.execute(resolver::refresh);
    answers.release(2);
    assertThat(heard.poll(300, TimeUnit.MILLISECONDS)).isNull();
    assertThat(questions.get()).isLessThanOrEqualTo(1);
  }
}
