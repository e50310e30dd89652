package org.rekey.verifier.serve;

import com.github.benmanes.caffeine.cache.Ticker;
import com.google.protobuf.Timestamp;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.random.RandomGenerator;
import org.rekey.proto.auth.v1.TokenEvent;
import org.rekey.verifier.follow.RecordSource;
import org.rekey.verifier.follow.TopicReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears which tokens are live no more, and forgets them.
///
/// Nothing that comes is believed without its seal. Numbers without holes and watermarks tell that
/// nothing was missed; a hole, silence, or a watermark that is old ends that, and [LiveTokens] goes
/// back to asking the registry.
final class TokenFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TokenFeed.class);
  private static final Duration SILENCE = Duration.ofMillis(1500);
  private static final Duration RETRY_AT_MOST = Duration.ofSeconds(5);

  private final TokenSeal seal;
  private final LiveTokens live;
  private final Coverage coverage;
  private final long believeForNanos;
  private final Ticker ticker;
  private final InstantSource clock;
  private final TopicReader reader;
  private final MeterRegistry meters;
  private final Timer propagation;
  private long last;
  private boolean forgedBefore;
  private volatile long markedAt = Long.MIN_VALUE;

  /// @param believeFor how long a watermark is good for
  TokenFeed(
      RecordSource.Factory topic,
      TokenSeal seal,
      LiveTokens live,
      Coverage coverage,
      Duration believeFor,
      Ticker ticker,
      MeterRegistry meters,
      InstantSource clock,
      RandomGenerator random) {
    this.seal = seal;
    this.live = live;
    this.coverage = coverage;
    this.believeForNanos = believeFor.toNanos();
    this.ticker = ticker;
    this.clock = clock;
    this.meters = meters;
    this.reader = new TopicReader("token-feed", topic, random, RETRY_AT_MOST, SILENCE, new Heard());
    this.propagation =
        Timer.builder("rekey.token.feed.propagation")
            .description("From a revocation's commit to its being obeyed here")
            .publishPercentiles(0.5, 0.99)
            .register(meters);
    Gauge.builder("rekey.token.feed.covered", this, feed -> feed.isCovered() ? 1 : 0)
        .description("1 while the registry's word needs no asking again")
        .register(meters);
  }

  void start() {
    reader.start();
  }

  @Override
  public void close() {
    reader.close();
  }

  private boolean isCovered() {
    long marked = markedAt;
    return marked != Long.MIN_VALUE && coverage.covers(marked, ticker.read());
  }

  /// Visible for tests: one record as it comes.
  void hear(byte[] record) {
    var opened = seal.open(record);
    if (opened.isEmpty()) {
      forged();
      return;
    }
    long number = opened.get().number();
    TokenEvent event = opened.get().event();
    if (last == 0) {
      coverage.restart(ticker.read());
    } else if (number > last + 1) {
      LOG.atWarn()
          .addKeyValue("topic", seal.topic())
          .addKeyValue("expected", last + 1)
          .addKeyValue("got", number)
          .log("token events are missing; the registry is asked again");
      count("gap");
      coverage.restart(ticker.read());
    }
    boolean again = last != 0 && number <= last;
    last = Math.max(last, number);
    switch (event.getWhatCase()) {
      case REVOKED -> revoked(event.getRevoked());
      case WATERMARK -> {
        if (!again) {
          marked(event.getWatermark().getAt());
        }
      }
      case WHAT_NOT_SET -> count("unknown");
    }
  }

  private void revoked(TokenEvent.Revoked revoked) {
    if (revoked.getEverything()) {
      live.forgetAll();
    }
    revoked.getTokenIdsList().forEach(live::forget);
    count("revoked");
    Duration taken = Duration.between(instant(revoked.getAt()), clock.instant());
    propagation.record(taken.isNegative() ? Duration.ZERO : taken);
  }

  /// By whichever clock makes it older: one that arrives late is not new.
  private void marked(Timestamp at) {
    long now = ticker.read();
    Duration age = Duration.between(instant(at), clock.instant());
    long aged = age.isNegative() ? 0 : Math.min(age.toNanos(), believeForNanos);
    coverage.extend(now - aged + believeForNanos);
    markedAt = now;
    count("watermark");
  }

  private void forged() {
    count("forged");
    if (!forgedBefore) {
      forgedBefore = true;
      LOG.atError()
          .addKeyValue("topic", seal.topic())
          .log("a token event without the seal was ignored: somebody else writes to the topic");
    }
  }

  private void count(String result) {
    Counter.builder("rekey.token.feed.events")
        .description("Token events heard, by what became of them")
        .tag("result", result)
        .register(meters)
        .increment();
  }

  private static Instant instant(Timestamp at) {
    return Instant.ofEpochSecond(at.getSeconds(), at.getNanos());
  }

  private final class Heard implements TopicReader.Listener {
    @Override
    public void heard(List<byte[]> values, boolean atEnd) {
      values.forEach(TokenFeed.this::hear);
    }

    @Override
    public void changed(boolean answering) {}
  }
}
