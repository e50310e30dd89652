package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.Ledger.Expectation;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// Keys turn while requests go through the gateway at a steady rate. The ledger at the end must
/// balance: no good token refused, no bad one accepted.
class RotationUnderLoadIT {
  private static final int PER_SECOND = 300;

  /// Below this something is wrong, whatever the machine.
  private static final int LEAST_PER_SECOND = 20;

  /// Null: what the machine can carry, and at most [#PER_SECOND].
  private static final @Nullable Integer ORDERED = Integer.getInteger("rekey.e2e.rate");

  private static final int ROTATIONS = Integer.getInteger("rekey.e2e.rotations", 6);
  private static final int PERIOD_MILLIS = Integer.getInteger("rekey.e2e.period", 1400);

  /// Below the number of streams that the gateway lets one connection have.
  private static final int IN_FLIGHT = 240;

  /// How long after its key's withdrawal a token may still be accepted: the promise is under a
  /// second.
  private static final long TURNING_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int WARM_SECONDS = 30;

  /// Keys are made, logins hashed and other tests run beside it.
  private static final int HEADROOM = 4;

  private record Good(String token, long kid) {}

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir Path directory;
  private Platform platform;
  private Client client;
  private Client people;
  private final List<Good> good = new CopyOnWriteArrayList<>();
  private final List<Good> withdrawn = new CopyOnWriteArrayList<>();
  private final ConcurrentHashMap<Long, Long> withdrawnAt = new ConcurrentHashMap<>();
  private final Ledger ledger = new Ledger();
  private final AtomicLong dropped = new AtomicLong();
  private final List<RuntimeException> unsent = new CopyOnWriteArrayList<>();
  private int users;

  @BeforeEach
  void start() {
    platform = Platform.start(directory, POSTGRES);
    client = new Client(platform, HttpClient.Version.HTTP_2);
    people = new Client(platform, HttpClient.Version.HTTP_1_1);
  }

  @AfterEach
  void stop() {
    client.close();
    people.close();
    platform.close();
  }

  @Test
  void noGoodTokenIsRefusedAndNoBadOneAccepted() throws Exception {
    issueTokens();
    int perSecond = warmUp();
    Semaphore inFlight = new Semaphore(IN_FLIGHT);
    long began = System.nanoTime();
    long rotated = began;
    try (ScheduledExecutorService pacer = Executors.newSingleThreadScheduledExecutor()) {
      var _ =
          pacer.scheduleAtFixedRate(
              () -> sendOne(inFlight), 0, 1_000_000_000L / perSecond, TimeUnit.NANOSECONDS);
      for (int i = 1; i <= ROTATIONS; i++) {
        sleepUntil(began, i - 0.5);
        rotateTo(i);
        sleepUntil(began, i);
        if (i >= 2) {
          withdraw(i);
        }
        if (i % 50 == 0) {
          System.err.printf("%d rotations, %d requests%n", i, ledger.total());
        }
      }
      rotated = System.nanoTime();
      Thread.sleep(1500);
      pacer.shutdown();
      assertThat(pacer.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(inFlight.tryAcquire(IN_FLIGHT, 30, TimeUnit.SECONDS))
        .as("every request was answered")
        .isTrue();
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.println("[ledger] rotation under load");
    System.out.printf(
        "%d rotations, one every %.2f s, at %d requests a second%n",
        ROTATIONS, (rotated - began) / 1e9 / ROTATIONS, perSecond);
    System.out.print(ledger.print(seconds));
    System.out.printf("not sent because %d were under way: %d%n", IN_FLIGHT, dropped.get());
    assertThat(ledger.wrong()).isEmpty();
    assertThat(unsent).isEmpty();
    assertThat(ledger.total() / seconds)
        .as("requests per second")
        .isGreaterThan(perSecond * (2.0 / 3));
    assertThat(ledger.kids().keySet()).hasSizeGreaterThan(ROTATIONS);
  }

  /// What runs for the first time is slow, and a verdict that takes too long is none (503): the
  /// books are opened once as many requests as may be under way are answered. All of one round are
  /// waited for before the next, or a slow machine would have ever more of them at once.
  ///
  /// @return the rate that was ordered, or one that is well below what this machine can do
  private int warmUp() {
    Map<String, Long> became = Map.of();
    long began = System.nanoTime();
    double best = 0;
    while (best < PER_SECOND * HEADROOM && since(began) < WARM_SECONDS) {
      long round = System.nanoTime();
      became =
          IntStream.range(0, IN_FLIGHT)
              .mapToObj(i -> client.sendLater(warm(good.get(i % good.size()))).handle(this::became))
              .toList()
              .stream()
              .map(CompletableFuture::join)
              .collect(Collectors.groupingBy(what -> what, Collectors.counting()));
      if (became.equals(Map.of("200", (long) IN_FLIGHT))) {
        best = Math.max(best, IN_FLIGHT / since(round));
      }
    }
    assertThat(best / HEADROOM)
        .as("a quarter of the best round's rate, where all were answered; of the last: %s", became)
        .isGreaterThan(LEAST_PER_SECOND);
    return ORDERED != null ? ORDERED : (int) Math.min(best / HEADROOM, PER_SECOND);
  }

  private static double since(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  private String became(HttpResponse<String> response, Throwable thrown) {
    return thrown == null ? Integer.toString(response.statusCode()) : thrown.toString();
  }

  private HttpRequest.Builder warm(Good token) {
    return client.authorized("/api/management/v1/inventory/devices", token.token());
  }

  private static void sleepUntil(long began, double periods) throws InterruptedException {
    long until = began + (long) (periods * PERIOD_MILLIS * 1e6);
    TimeUnit.NANOSECONDS.sleep(until - System.nanoTime());
  }

  private void issueTokens() {
    for (int i = 0; i < 3; i++) {
      String email = "user" + users++ + "@example.com";
      platform.createUser(email, "correct horse");
      String token = people.login(email, "correct horse");
      good.add(new Good(token, Tokens.kid(token)));
    }
  }

  /// A new key, of every type in turn, by file as the Mender page has it; then it signs.
  private void rotateTo(long kid) {
    String pem =
        switch ((int) (kid % 3)) {
          case 0 -> KeyFiles.pkcs8(KeyFiles.rsa(2048));
          case 1 -> KeyFiles.pkcs8(KeyFiles.ec("secp256r1"));
          default -> KeyFiles.pkcs8(KeyFiles.ed25519());
        };
    KeyFiles.place(platform.keyDirectory("useradm").resolve("private.id." + kid + ".pem"), pem);
    platform.awaitState("useradm", kid, KeyState.KEY_STATE_ANNOUNCED);
    platform
        .admin()
        .activateKey(ActivateKeyRequest.newBuilder().setRing("useradm").setKid(kid).build());
    issueTokens();
  }

  /// The key before the last goes: by command or by removing its file.
  private void withdraw(long current) throws Exception {
    long kid = current - 2;
    List<Good> tokens = good.stream().filter(token -> token.kid() == kid).toList();
    withdrawnAt.put(kid, Long.MAX_VALUE);
    good.removeAll(tokens);
    withdrawn.addAll(tokens);
    if (kid % 2 == 0) {
      platform
          .admin()
          .retireKey(
              RetireKeyRequest.newBuilder()
                  .setRing("useradm")
                  .setKid(kid)
                  .setReason("drill")
                  .setForce(true)
                  .build());
    } else {
      Files.delete(platform.keyDirectory("useradm").resolve("private.id." + kid + ".pem"));
    }
    withdrawnAt.put(kid, System.nanoTime());
  }

  /// A pacer that throws would stop in silence.
  private void sendOne(Semaphore inFlight) {
    try {
      send(inFlight);
    } catch (RuntimeException e) {
      unsent.add(e);
    }
  }

  private void send(Semaphore inFlight) {
    if (!inFlight.tryAcquire()) {
      dropped.incrementAndGet();
      return;
    }
    ThreadLocalRandom random = ThreadLocalRandom.current();
    Good token = good.get(random.nextInt(good.size()));
    int kind = random.nextInt(10);
    CompletableFuture<?> sent =
        switch (kind) {
          case 0 -> bad("signature turned", token, Tokens.withBrokenSignature(token.token()));
          case 1 -> bad("kid of nobody", token, withKid(token, 900_000 + random.nextInt(1000)));
          case 2 -> bad("kid of another key", token, withKid(token, otherKid(token)));
          case 3 -> random.nextBoolean() ? forged(token) : turned(token, random);
          default -> request(Expectation.GOOD, "issued here", token.kid(), token.token());
        };
    var _ = sent.whenComplete((_, _) -> inFlight.release());
  }

  private CompletableFuture<?> bad(String kind, Good token, String forged) {
    return request(Expectation.BAD, kind, token.kid(), forged);
  }

  private CompletableFuture<?> forged(Good token) {
    String claims = Tokens.userClaims(UUID.randomUUID().toString(), "nobody", Instant.now());
    return bad(
        "signed by another ring's key",
        token,
        Tokens.signed(platform.keyDirectory("artifact").resolve("private.pem"), claims, 0L, false));
  }

  private CompletableFuture<?> turned(Good fallback, ThreadLocalRandom random) {
    if (withdrawn.isEmpty()) {
      return request(Expectation.GOOD, "issued here", fallback.kid(), fallback.token());
    }
    Good token = withdrawn.get(random.nextInt(withdrawn.size()));
    long at = withdrawnAt.getOrDefault(token.kid(), Long.MAX_VALUE);
    boolean turning = at == Long.MAX_VALUE || System.nanoTime() - at < TURNING_NANOS;
    return request(
        turning ? Expectation.TURNING : Expectation.BAD,
        "key withdrawn",
        token.kid(),
        token.token());
  }

  private static String withKid(Good token, long kid) {
    String alg = Tokens.header(token.token()).path("alg").asText();
    return Tokens.withHeader(
        token.token(), "{\"alg\":\"" + alg + "\",\"kid\":\"" + kid + "\",\"typ\":\"JWT\"}");
  }

  private long otherKid(Good token) {
    List<Long> others = new ArrayList<>();
    good.stream().map(Good::kid).filter(kid -> kid != token.kid()).forEach(others::add);
    return others.isEmpty()
        ? token.kid() + 1
        : others.get(ThreadLocalRandom.current().nextInt(others.size()));
  }

  private CompletableFuture<?> request(
      Expectation expectation, String kind, long kid, String token) {
    return client
        .sendLater(client.authorized("/api/management/v1/inventory/devices", token))
        .handle(
            (response, thrown) -> {
              // On its way while its key was withdrawn: either answer is right.
              boolean turned = expectation == Expectation.GOOD && withdrawnAt.containsKey(kid);
              ledger.record(
                  turned ? Expectation.TURNING : expectation,
                  kind,
                  kid,
                  thrown == null ? response.statusCode() : -1);
              return null;
            });
  }
}
