package org.rekey.verifier.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.rekey.verifier.serve.Liveness.Live;
import org.rekey.verifier.serve.Liveness.NotLive;
import org.rekey.verifier.serve.Liveness.Unknown;

class LiveTokensTest {
  private static final Duration TTL = Duration.ofSeconds(5);
  private static final LiveToken ANNS = new LiveToken("ann", LiveToken.Kind.USER_SESSION);

  private final TableOfTokens table = new TableOfTokens();
  private final AtomicLong nanos = new AtomicLong();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Coverage coverage = new Coverage();
  private final LiveTokens live = live(Duration.ofHours(1));

  @Test
  void remembersALiveTokenUntilItsTimeIsOver() {
    table.rows.put("t", ANNS);
    assertThat(live.remembered("t")).isNull();
    assertThat(ask("t")).isEqualTo(new Live(ANNS));
    assertThat(live.remembered("t")).isEqualTo(new Live(ANNS));
    advance(TTL);
    assertThat(live.remembered("t")).isNull();
    assertThat(table.queries).containsExactly(Set.of("t"));
  }

  @Test
  void remembersALiveTokenForAsLongAsAllRevocationsAreHeard() {
    table.rows.put("t", ANNS);
    coverage.restart(nanos.get());
    advance(Duration.ofNanos(1));
    ask("t");
    for (int i = 0; i < 100; i++) {
      coverage.extend(nanos.get() + TTL.toNanos());
      advance(TTL.minusMillis(1));
      assertThat(live.remembered("t")).isEqualTo(new Live(ANNS));
    }
    assertThat(table.queries).hasSize(1);
    advance(Duration.ofMillis(1));
    assertThat(live.remembered("t")).isNull();
  }

  @Test
  void asksAgainWhenSomethingMayHaveBeenMissed() {
    table.rows.put("t", ANNS);
    coverage.restart(nanos.get());
    advance(Duration.ofNanos(1));
    ask("t");
    advance(TTL);
    coverage.extend(nanos.get() + TTL.toNanos());
    assertThat(live.remembered("t")).isEqualTo(new Live(ANNS));
    coverage.restart(nanos.get());
    coverage.extend(nanos.get() + TTL.toNanos());
    assertThat(live.remembered("t")).isNull();
  }

  @Test
  void forgetsEverythingAtOnce() {
    table.rows.put("t", ANNS);
    table.rows.put("u", ANNS);
    ask("t");
    table.whileAsked = () -> live.forgetAll();
    ask("u");
    assertThat(live.remembered("t")).isNull();
    assertThat(live.remembered("u")).isNull();
  }

  @Test
  void countsTheTimeOfTheQueryAsAge() {
    table.rows.put("t", ANNS);
    table.whileAsked = () -> advance(TTL);
    assertThat(ask("t")).isEqualTo(new Live(ANNS));
    assertThat(live.remembered("t")).isNull();
  }

  @Test
  void remembersThatATokenIsNotLiveForASecondOnly() {
    assertThat(ask("t")).isEqualTo(new NotLive());
    assertThat(live.remembered("t")).isEqualTo(new NotLive());
    advance(Duration.ofSeconds(1));
    assertThat(live.remembered("t")).isNull();
  }

  @Test
  void forgetsAtOnce() {
    table.rows.put("t", ANNS);
    ask("t");
    live.forget("t");
    assertThat(live.remembered("t")).isNull();
  }

  @Test
  void doesNotRememberAnAnswerThatWasOnItsWayWhenTheTokenWasForgotten() {
    table.rows.put("t", ANNS);
    table.whileAsked =
        () -> {
          table.rows.remove("t");
          live.forget("t");
        };
    assertThat(ask("t")).isEqualTo(new Live(ANNS));
    assertThat(live.remembered("t")).isNull();
    table.whileAsked = () -> {};
    assertThat(ask("t")).isEqualTo(new NotLive());
  }

  @Test
  void asksOnceForAllWhoWaitAndTogetherForWhatPilesUp() {
    table.gate.drainPermits();
    List<CompletableFuture<Liveness>> answers = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      answers.add(live.ask("t" + i % 200).toCompletableFuture());
    }
    Awaitility.await().until(table.gate::hasQueuedThreads);
    table.gate.release(1000);
    answers.forEach(answer -> assertThat(answer.join()).isEqualTo(new NotLive()));
    List<String> asked = table.queries.stream().flatMap(Collection::stream).toList();
    assertThat(asked).doesNotHaveDuplicates().hasSize(200);
    assertThat(table.queries).hasSizeLessThan(20);
  }

  @Test
  void renewsTheWordOnATokenInUseBeforeItsTimeIsOver() {
    table.rows.put("t", ANNS);
    ask("t");
    advance(TTL.multipliedBy(6).dividedBy(10));
    assertThat(live.remembered("t")).isEqualTo(new Live(ANNS));
    Awaitility.await().until(() -> table.queries.size() == 2);
    advance(TTL.multipliedBy(6).dividedBy(10));
    Awaitility.await()
        .untilAsserted(() -> assertThat(live.remembered("t")).isEqualTo(new Live(ANNS)));
  }

  @Test
  void saysUnknownAndNeverNotLiveWhenTheRegistryCannotBeAsked() {
    table.whileAsked =
        () -> {
          throw new IllegalStateException("connection refused");
        };
    assertThat(ask("t")).isInstanceOf(Unknown.class);
    assertThat(live.remembered("t")).isNull();
    table.rows.put("t", ANNS);
    table.whileAsked = () -> {};
    assertThat(ask("t")).isEqualTo(new Live(ANNS));
    assertThat(meters.counter("rekey.registry.failures").count()).isEqualTo(1);
  }

  @Test
  void letsNobodyWaitBehindARegistryThatIsAway() {
    table.rows.put("t2", ANNS);
    table.whileAsked =
        () -> {
          throw new IllegalStateException("connection refused");
        };
    assertThat(ask("t1")).isInstanceOf(Unknown.class);
    table.gate.drainPermits();
    CompletableFuture<Liveness> probe = live.ask("t1").toCompletableFuture();
    assertThat(live.ask("t2").toCompletableFuture())
        .isCompletedWithValueMatching(Unknown.class::isInstance);
    assertThat(probe).isNotDone();
    table.whileAsked = () -> {};
    table.gate.release(100);
    assertThat(probe.join()).isEqualTo(new NotLive());
    assertThat(ask("t2")).isEqualTo(new Live(ANNS));
  }

  @Test
  void letsNobodyWaitLongForASlowRegistry() {
    LiveTokens impatient = live(Duration.ofMillis(50));
    table.rows.put("t", ANNS);
    table.gate.drainPermits();
    assertThat(impatient.ask("t").toCompletableFuture().join()).isInstanceOf(Unknown.class);
    table.gate.release(100);
    Awaitility.await()
        .untilAsserted(() -> assertThat(impatient.remembered("t")).isEqualTo(new Live(ANNS)));
  }

  private LiveTokens live(Duration maxWait) {
    return new LiveTokens(table, 1000, TTL, maxWait, coverage, nanos::get, meters);
  }

  private Liveness ask(String tokenId) {
    return live.ask(tokenId).toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }

  private void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }
}
