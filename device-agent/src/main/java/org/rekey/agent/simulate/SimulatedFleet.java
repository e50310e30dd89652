package org.rekey.agent.simulate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClient;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.function.ToLongFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.X509TrustManager;
import org.rekey.agent.auth.RotationStep;
import org.rekey.agent.http.Connections;
import org.rekey.agent.http.ServerCalls;
import org.rekey.agent.key.AgentKey;
import org.rekey.agent.key.KeyPlace;
import org.rekey.agent.key.MemoryKeys;

/// A fleet whose devices live on a virtual thread each. They have keys of their own; the TLS
/// connections they share, because ten thousand handshakes would be all that two cores see.
public final class SimulatedFleet implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int AT_ONCE = 32;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final HttpClient client;
  private final ServerCalls calls;
  private final String server;
  private final FleetFigures figures = new FleetFigures();
  private final List<SimulatedDevice> devices;
  private final AtomicLong deadline = new AtomicLong();

  /// @param server URL without a slash at its end
  /// @param pollPath what a device asks for
  /// @param every how often it does, in the mean
  /// @param connections that all of them share
  /// @param cuts how likely a device loses its power at each step of a change of keys, from 0 to 1
  public record Setting(
      String server,
      X509TrustManager trust,
      String pollPath,
      Duration every,
      int connections,
      double cuts) {}

  /// @param keys the place of each device's keys, by its number
  public SimulatedFleet(
      int size,
      String seed,
      Setting setting,
      IntFunction<KeyPlace> keys,
      IntFunction<Set<RotationStep>> cutAt) {
    this.client =
        new Connections(setting.trust(), Optional.empty(), true).open(vertx, setting.connections());
    this.calls = new ServerCalls(client, PATIENCE);
    this.server = setting.server();
    SplittableRandom random = new SplittableRandom();
    List<SimulatedDevice> made = new ArrayList<>(size);
    for (int number = 0; number < size; number++) {
      KeyPlace place = keys.apply(number);
      if (place.current().isEmpty()) {
        place.putFirst(AgentKey.ofSeed(seed(seed, number)));
      }
      made.add(
          new SimulatedDevice(
              "{\"mac\":\"%s-%d\"}".formatted(seed, number),
              place,
              setting,
              calls,
              figures,
              random.split(),
              cutAt.apply(number)));
    }
    this.devices = List.copyOf(made);
  }

  /// With keys in memory, always the same ones for a seed.
  public static SimulatedFleet inMemory(int size, String seed, Setting setting) {
    return new SimulatedFleet(size, seed, setting, _ -> new MemoryKeys(), _ -> Set.of());
  }

  private static byte[] seed(String seed, int number) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(seed.getBytes(UTF_8), "HmacSHA256"));
      return mac.doFinal(Integer.toString(number).getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  public List<SimulatedDevice> devices() {
    return devices;
  }

  public FleetFigures figures() {
    return figures;
  }

  /// The calls that its devices make, for whoever wants to be one of them.
  public ServerCalls calls() {
    return calls;
  }

  /// Lives for so long, and returns when all devices have stopped.
  public void live(Duration time) throws InterruptedException {
    deadline.set(System.nanoTime() + time.toNanos());
    CountDownLatch left = new CountDownLatch(devices.size());
    List<Thread> threads = new ArrayList<>(devices.size());
    for (SimulatedDevice device : devices) {
      threads.add(
          Thread.startVirtualThread(
              () -> {
                try {
                  device.live(deadline::get);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                } finally {
                  left.countDown();
                }
              }));
    }
    try {
      left.await();
    } catch (InterruptedException e) {
      threads.forEach(Thread::interrupt);
      var _ = left.await(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS);
      throw e;
    }
  }

  /// Ends the life of all devices before its time.
  public void stop() {
    deadline.set(System.nanoTime());
  }

  /// Lets every device ask once more, with nothing in its way.
  ///
  /// @return how many do not get in
  public long lockedOut() throws InterruptedException {
    return sum(device -> device.getsIn() ? 0 : 1);
  }

  /// Comes with every key that a device has put away, and sends every offer of a new key once more;
  /// to be followed by [#lockedOut()], which such a thing must not change.
  public Thefts thefts() throws InterruptedException {
    Impostor impostor = new Impostor(server, calls);
    long oldKeys =
        sum(
            device ->
                device.retired().stream()
                    .filter(old -> impostor.getsIn(device.identity(), old))
                    .count());
    long recorded = sum(device -> device.recorded().stream().filter(impostor::getsInWith).count());
    return new Thefts(
        new Thefts.Tries(sum(device -> device.retired().size()), oldKeys),
        new Thefts.Tries(figures.newKeysTried.sum(), figures.newKeysIn.sum()),
        new Thefts.Tries(sum(device -> device.recorded().size()), recorded));
  }

  private long sum(ToLongFunction<SimulatedDevice> count) throws InterruptedException {
    AtomicInteger next = new AtomicInteger();
    AtomicLong sum = new AtomicLong();
    AtomicReference<RuntimeException> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      threads.add(
          Thread.startVirtualThread(
              () -> {
                for (int n = next.getAndIncrement();
                    n < devices.size();
                    n = next.getAndIncrement()) {
                  try {
                    sum.addAndGet(count.applyAsLong(devices.get(n)));
                  } catch (RuntimeException e) {
                    failure.set(e);
                  }
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    RuntimeException thrown = failure.get();
    if (thrown != null) {
      // Not counted is not "none".
      throw thrown;
    }
    return sum.get();
  }

  @Override
  public void close() {
    var _ = client.close().toCompletionStage().toCompletableFuture().join();
    var _ = vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
