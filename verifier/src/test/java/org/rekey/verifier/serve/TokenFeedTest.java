package org.rekey.verifier.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.rekey.proto.auth.v1.SealedTokenEvent;
import org.rekey.proto.auth.v1.TokenEvent;
import org.rekey.verifier.fixture.Topic;

/// What the feed makes of events that are lost, doubled, late, forged or replayed. The feed's
/// thread is not started: records are handed over one by one.
class TokenFeedTest {
  private static final Duration TTL = Duration.ofSeconds(30);
  private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
  private static final LiveToken ANNS = new LiveToken("ann", LiveToken.Kind.USER_SESSION);

  private final TableOfTokens table = new TableOfTokens();
  private final AtomicLong nanos = new AtomicLong();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Coverage coverage = new Coverage();
  private final LiveTokens live = new LiveTokens(table, 1000, TTL, coverage, nanos::get, meters);
  private final TokenSeal seal = new TokenSeal("rekey.test.token.v1", "secret".getBytes(UTF_8));
  private final TokenFeed feed =
      new TokenFeed(
          new Topic(), seal, live, coverage, TTL, nanos::get, meters, this::now, new Random(1));

  private Instant now() {
    return START.plusNanos(nanos.get());
  }

  @Test
  void forgetsWhatIsRevoked() {
    remember("t");
    feed.hear(revoked(1, "t"));
    assertThat(live.remembered("t")).isNull();
  }

  @Test
  void watermarksWithoutAHoleMakeTheWordLast() {
    feed.hear(watermark(7, now()));
    remember("t");
    for (int number = 8; number < 200; number++) {
      advance(Duration.ofSeconds(1));
      feed.hear(watermark(number, now()));
      assertThat(live.remembered("t")).isNotNull();
    }
    assertThat(table.queries).hasSize(1);
  }

  @Test
  void silenceEndsItAfterTheTimeToLive() {
    feed.hear(watermark(1, now()));
    remember("t");
    advance(TTL.minusMillis(1));
    feed.hear(watermark(2, now()));
    advance(TTL.minusMillis(1));
    assertThat(live.remembered("t")).isNotNull();
    advance(Duration.ofMillis(1));
    assertThat(live.remembered("t")).isNull();
  }

  @Test
  void aHoleMakesTheRegistryBeAskedAgain() {
    feed.hear(watermark(1, now()));
    remember("t");
    advance(TTL);
    feed.hear(watermark(2, now()));
    assertThat(live.remembered("t")).isNotNull();
    feed.hear(watermark(4, now()));
    assertThat(live.remembered("t")).isNull();
    assertThat(events("gap")).isEqualTo(1);
  }

  @Test
  void aWatermarkThatIsLateIsWorthOnlyWhatIsLeftOfIt() {
    feed.hear(watermark(1, now()));
    remember("t");
    advance(TTL);
    feed.hear(watermark(2, now().minus(TTL)));
    assertThat(live.remembered("t")).isNull();
    feed.hear(watermark(3, now().minus(TTL).plusSeconds(1)));
    assertThat(live.remembered("t")).isNotNull();
    advance(Duration.ofSeconds(1));
    assertThat(live.remembered("t")).isNull();
  }

  @Test
  void aReplayedWatermarkIsWorthNothing() {
    byte[] old = watermark(2, now().plusSeconds(60));
    feed.hear(watermark(1, now()));
    feed.hear(old);
    remember("t");
    advance(TTL);
    feed.hear(old);
    assertThat(live.remembered("t")).isNull();
  }

  @Test
  void aWatermarkFromTheFutureIsWorthNoMoreThanOneFromNow() {
    feed.hear(watermark(1, now().plusSeconds(3600)));
    remember("t");
    advance(TTL);
    assertThat(live.remembered("t")).isNull();
  }

  @Test
  void aDoubledRevocationDoesNoHarmAndALateOneIsObeyed() {
    feed.hear(watermark(1, now()));
    feed.hear(revoked(2, "a"));
    feed.hear(revoked(3, "b"));
    remember("a");
    feed.hear(revoked(2, "a"));
    assertThat(live.remembered("a")).isNull();
    assertThat(events("gap")).isZero();
  }

  @Test
  void nothingIsBelievedWithoutTheSeal() {
    feed.hear(watermark(1, now()));
    remember("t");
    byte[] genuine = revoked(2, "t");
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      byte[] forged = genuine.clone();
      int at = random.nextInt(forged.length);
      forged[at] ^= (byte) (1 << random.nextInt(8));
      feed.hear(forged);
    }
    feed.hear(new TokenSeal("rekey.test.token.v1", "other".getBytes(UTF_8)).seal(2, event("t")));
    feed.hear(new TokenSeal("rekey.other.token.v1", "secret".getBytes(UTF_8)).seal(2, event("t")));
    feed.hear(new byte[0]);
    feed.hear(SealedTokenEvent.getDefaultInstance().toByteArray());
    assertThat(live.remembered("t")).isNotNull();
    assertThat(events("revoked")).isZero();
    assertThat(events("gap")).isZero();
    feed.hear(genuine);
    assertThat(live.remembered("t")).isNull();
  }

  @Test
  void everythingIsForgottenWhenEverythingIsRevoked() {
    remember("t");
    feed.hear(
        seal.seal(
            1,
            TokenEvent.newBuilder()
                .setRevoked(TokenEvent.Revoked.newBuilder().setEverything(true))
                .build()
                .toByteArray()));
    assertThat(live.remembered("t")).isNull();
  }

  /// Whatever the bus does, a revoked token is not believed for longer than the time to live.
  @Test
  void noInterleavingKeepsARevokedTokenLongerThanTheTimeToLive() {
    for (int seed = 0; seed < 400; seed++) {
      new Interleaving(seed).run();
    }
  }

  /// One history: a table, revocations that commit, a relay that lags, a bus that loses and
  // doubles.
  private static final class Interleaving {
    private final Random random;
    private final TokenFeedTest world = new TokenFeedTest();
    private final java.util.ArrayDeque<byte[]> bus = new java.util.ArrayDeque<>();
    private final java.util.Map<String, Long> revokedAt = new java.util.HashMap<>();
    private final List<String> unsent = new java.util.ArrayList<>();
    private long number;

    Interleaving(int seed) {
      this.random = new Random(seed);
    }

    void run() {
      for (int i = 0; i < 20; i++) {
        world.table.rows.put("t" + i, ANNS);
      }
      for (int step = 0; step < 400; step++) {
        switch (random.nextInt(8)) {
          case 0 -> world.advance(Duration.ofMillis(random.nextInt(8000)));
          case 1 -> revoke("t" + random.nextInt(20));
          case 2, 3 -> relay();
          case 4 -> lose();
          default -> deliver();
        }
        check("t" + random.nextInt(20));
      }
    }

    private void revoke(String token) {
      if (world.table.rows.remove(token) != null) {
        revokedAt.put(token, world.nanos.get());
        unsent.add(token);
      }
    }

    private void relay() {
      unsent.forEach(token -> bus.add(world.revoked(++number, token)));
      unsent.clear();
      bus.add(world.watermark(++number, world.now()));
    }

    private void lose() {
      if (random.nextInt(4) == 0) {
        bus.poll();
      }
    }

    private void deliver() {
      byte[] next = bus.poll();
      if (next != null) {
        world.feed.hear(next);
        if (random.nextInt(4) == 0) {
          world.feed.hear(next);
        }
      }
    }

    private void check(String token) {
      Liveness word = world.live.remembered(token);
      if (word == null) {
        word = world.ask(token);
      }
      Long ended = revokedAt.get(token);
      if (word instanceof Liveness.Live && ended != null) {
        assertThat(world.nanos.get() - ended).isLessThan(TTL.toNanos());
      }
      if (ended == null) {
        assertThat(word).isInstanceOf(Liveness.Live.class);
      }
    }
  }

  /// A moment later than whatever was heard before.
  private void remember(String token) {
    advance(Duration.ofNanos(1));
    table.rows.put(token, ANNS);
    ask(token);
    assertThat(live.remembered(token)).isNotNull();
  }

  private Liveness ask(String token) {
    return live.ask(token).toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }

  private void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }

  private double events(String result) {
    var counter = meters.find("rekey.token.feed.events").tag("result", result).counter();
    return counter == null ? 0 : counter.count();
  }

  private byte[] revoked(long number, String token) {
    return seal.seal(number, event(token));
  }

  private byte[] event(String token) {
    return TokenEvent.newBuilder()
        .setRevoked(
            TokenEvent.Revoked.newBuilder()
                .setAt(timestamp(now()))
                .setSubject("ann")
                .addTokenIds(token)
                .setCause(TokenEvent.Cause.CAUSE_LOGOUT))
        .build()
        .toByteArray();
  }

  private byte[] watermark(long number, Instant at) {
    return seal.seal(number, TokenSeal.watermark(at));
  }

  private static Timestamp timestamp(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }
}
