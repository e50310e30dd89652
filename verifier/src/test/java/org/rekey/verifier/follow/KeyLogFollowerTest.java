package org.rekey.verifier.follow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.rekey.proto.keystore.v1.KeyRetired.Cause.CAUSE_FILE_REMOVED;
import static org.rekey.verifier.fixture.LogWriter.USERADM;
import static org.rekey.verifier.fixture.Token.NOW;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rekey.proto.keystore.v1.KeyCompromised;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.KidVerdicts;
import org.rekey.proto.keystore.v1.ReportRequest;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.fixture.KeystoreServer;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.fixture.TestKeys;
import org.rekey.verifier.fixture.Token;
import org.rekey.verifier.fixture.Topic;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.CryptoProvider;
import org.rekey.verifier.map.KeyState;
import org.rekey.verifier.token.Check;
import org.rekey.verifier.token.Reason;
import org.rekey.verifier.token.TokenVerifier;
import org.rekey.verifier.token.TokenVerifierConfig;

/// The bus makes it fast, the store makes it certain: whatever happens to either, the map is right.
class KeyLogFollowerTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  /// No heartbeat that could heal what a test wants healed by other means.
  private static final FollowerConfig PATIENT =
      new FollowerConfig(
          "useradm-test",
          CryptoProvider.preferred().algs(),
          Duration.ofMinutes(10),
          Duration.ofMinutes(10),
          Duration.ofMillis(200),
          Duration.ofMillis(1),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofMinutes(10));

  private static final FollowerConfig EAGER =
      new FollowerConfig(
          "useradm-test",
          CryptoProvider.preferred().algs(),
          Duration.ofMillis(100),
          Duration.ofMillis(50),
          Duration.ofMillis(200),
          Duration.ofMillis(10),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofMillis(200));

  private final LogWriter log = new LogWriter();
  private final KeystoreServer keystore = new KeystoreServer(log);
  private final Topic topic = new Topic();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private volatile Supplier<List<KeyUsage>> usage = List::of;
  private final List<Boolean> askedAnew = new CopyOnWriteArrayList<>();
  private final KeyBooks books =
      new KeyBooks() {
        @Override
        public Counted counted(boolean anew) {
          askedAnew.add(anew);
          return new Counted(usage.get(), Duration.ofMillis(1500));
        }

        @Override
        public List<KidVerdicts> verdicts() {
          return List.of(
              KidVerdicts.newBuilder().setRing(USERADM).setKid(7).setAccepted(3).build());
        }
      };
  private @Nullable KeyLogFollower open;

  KeyLogFollowerTest() {
    log.added(USERADM, 0, TestKeys.rsa());
    log.activated(USERADM, 0);
  }

  @AfterEach
  void close() {
    if (open != null) {
      open.close();
    }
    keystore.close();
  }

  @Test
  void catchesUpOverGrpcWhenTheTopicIsEmpty() throws Exception {
    var follower = start(PATIENT);

    assertThat(follower.awaitReady(LONG)).isTrue();
    assertThat(follower.map()).isEqualTo(log.map());
    assertThat(count("events", "road", "grpc", "result", "applied")).isEqualTo(2);
  }

  @Test
  void catchesUpOverGrpcWithoutKafka() throws Exception {
    var follower = start(EAGER, null);
    assertThat(follower.awaitReady(LONG)).isTrue();

    log.added(USERADM, 5539, TestKeys.ed25519());

    awaitSame(follower);
    assertThat(follower.status().kafkaAnswering()).isFalse();
  }

  @Test
  void catchesUpOverKafkaWhenTheKeystoreIsDown() throws Exception {
    keystore.setDown(true);
    topic.send(log.events().toArray(SignedKeyEvent[]::new));

    var follower = start(PATIENT);

    assertThat(follower.awaitReady(LONG)).isTrue();
    assertThat(follower.map()).isEqualTo(log.map());
  }

  @Test
  void isNotReadyWhileNobodyAnswers() throws Exception {
    keystore.setDown(true);
    topic.setDown(true);

    var follower = start(EAGER);

    assertThat(follower.awaitReady(Duration.ofMillis(300))).isFalse();
    assertThat(follower.status().ready()).isFalse();
    keystore.setDown(false);
    assertThat(follower.awaitReady(LONG)).isTrue();
  }

  @Test
  void isNotReadyByKafkaWhileItsTopicHasAGap() throws Exception {
    keystore.setDown(true);
    topic.send(log.added(USERADM, 5539, TestKeys.ed25519()));

    var follower = start(PATIENT);
    await().until(() -> count("events", "road", "kafka", "result", "gap") > 0);

    assertThat(follower.awaitReady(Duration.ofMillis(300))).isFalse();
  }

  @Test
  void appliesWhatComesByKafkaWithoutAsking() throws Exception {
    var follower = ready(PATIENT);

    topic.send(log.added(USERADM, 5539, TestKeys.ed25519()));

    awaitSame(follower);
    assertThat(count("events", "road", "kafka", "result", "applied")).isEqualTo(1);
    assertThat(keystore.reads()).isEqualTo(1);
    assertThat(meters.get("rekey.keylog.epoch").gauge().value()).isEqualTo(3);
  }

  @Test
  void measuresHowLongEventsTookButNotTheOldOnes() throws Exception {
    Thread.sleep(2);
    var follower = ready(PATIENT);
    assertThat(meters.get("rekey.keylog.propagation").timer().count()).isZero();

    topic.send(log.added(USERADM, 5539, TestKeys.ed25519()));

    awaitSame(follower);
    var timer = meters.get("rekey.keylog.propagation").timer();
    assertThat(timer.count()).isEqualTo(1);
    assertThat(timer.max(TimeUnit.SECONDS)).isBetween(0.0, 20.0);
    await().untilAsserted(() -> assertThat(keystore.reports().getLast().hasPropagation()).isTrue());
  }

  @Test
  void takesDuplicatesAndReplaysForWhatTheyAre() throws Exception {
    var follower = ready(PATIENT);
    var added = log.added(USERADM, 5539, TestKeys.ed25519());
    var retired = log.retired(USERADM, 5539, CAUSE_FILE_REMOVED);

    topic.send(added, added, retired, added, log.event(1), log.event(2), retired);

    await().until(() -> count("events", "road", "kafka", "result", "duplicate") == 5);
    assertThat(follower.map()).isEqualTo(log.map());
    assertThat(alarms("forged")).isZero();
    assertThat(alarms("fork")).isZero();
  }

  @Test
  void pullsWhatKafkaLost() throws Exception {
    var follower = ready(PATIENT);
    log.added(USERADM, 5539, TestKeys.ed25519());

    topic.send(log.activated(USERADM, 5539));

    awaitSame(follower);
    assertThat(count("events", "road", "kafka", "result", "gap")).isGreaterThanOrEqualTo(1);
  }

  @Test
  void readsTheTopicAgainWhenEventsCameInTheWrongOrderAndTheKeystoreIsDown() throws Exception {
    var follower = ready(EAGER);
    keystore.setDown(true);
    var first = log.added(USERADM, 1, TestKeys.rsa("one"));
    var second = log.added(USERADM, 2, TestKeys.rsa("two"));
    var third = log.added(USERADM, 3, TestKeys.rsa("three"));

    topic.send(third, second, first);

    awaitSame(follower);
    assertThat(topic.rewinds()).isGreaterThanOrEqualTo(1);
  }

  @Test
  void ignoresForgedEventsAndRaisesTheAlarm() throws Exception {
    var follower = ready(PATIENT);
    var stranger = new LogWriter(TestKeys.ed25519("stranger"));
    var evil =
        stranger.sign(
            stranger
                .event(
                    USERADM,
                    5539,
                    event ->
                        event.setKeyAdded(
                            LogWriter.keyAdded(USERADM, TestKeys.rsa("evil").getPublic())))
                .setEpoch(3)
                .setPreviousHash(log.headHash())
                .build());

    topic.send(evil, evil.toBuilder().setLogKeyThumbprint(log.logKey().thumbprint()).build());
    topic.send(log.added(USERADM, 5539, TestKeys.ed25519()));

    awaitSame(follower);
    assertThat(alarms("forged")).isEqualTo(2);
    assertThat(follower.map().find(USERADM, 5539).orElseThrow().alg()).isEqualTo(Alg.EDDSA);
  }

  @Test
  void ignoresAForkAndRaisesTheAlarm() throws Exception {
    var follower = ready(PATIENT);
    var other =
        log.sign(
            log.event(
                    USERADM,
                    0,
                    event -> event.setKeyCompromised(KeyCompromised.getDefaultInstance()))
                .setEpoch(2)
                .setPreviousHash(LogWriter.parse(log.event(2)).getPreviousHash())
                .build());

    topic.send(other);

    await().until(() -> alarms("fork") == 1);
    assertThat(follower.map()).isEqualTo(log.map());
  }

  @Test
  void passesOverPoison() throws Exception {
    var follower = ready(PATIENT);

    topic.sendRaw("poison".getBytes(UTF_8));
    topic.sendRaw(new byte[0]);
    topic.sendRaw(new byte[200_000]);
    topic.send(log.added(USERADM, 5539, TestKeys.ed25519()));

    awaitSame(follower);
    assertThat(alarms("forged")).isEqualTo(3);
  }

  @Test
  void goesOnAfterAGenuineEventThatBreaksTheRules() throws Exception {
    var follower = ready(PATIENT);

    topic.send(log.added(USERADM, 0, TestKeys.rsa("other")));
    topic.send(log.added(USERADM, 5539, TestKeys.ed25519()));

    awaitSame(follower);
    assertThat(alarms("violation")).isEqualTo(1);
    assertThat(follower.map().find(USERADM, 0).orElseThrow().state()).isEqualTo(KeyState.ACTIVE);
  }

  @Test
  void missesNothingWhileKafkaIsDownForAWholeRotation() throws Exception {
    var follower = ready(EAGER);
    topic.setDown(true);
    await().until(() -> !follower.status().kafkaAnswering());

    log.added(USERADM, 5539, TestKeys.ed25519());
    awaitSame(follower);
    log.activated(USERADM, 5539);
    log.retired(USERADM, 0, CAUSE_FILE_REMOVED);
    awaitSame(follower);

    topic.setDown(false);
    topic.send(log.events().toArray(SignedKeyEvent[]::new));
    topic.send(log.added(USERADM, 5540, TestKeys.ec("secp256r1")));
    awaitSame(follower);
    assertThat(
            count("events", "road", "grpc", "result", "applied")
                + count("events", "road", "kafka", "result", "applied"))
        .isEqualTo((double) log.head());
  }

  @Test
  void opensKafkaAgainAfterItBroke() throws Exception {
    topic.setBroken(true);
    var follower = ready(PATIENT);
    await().until(() -> topic.opened() > 1);

    topic.setBroken(false);
    topic.send(log.added(USERADM, 5539, TestKeys.ed25519()));

    awaitSame(follower);
  }

  @Test
  void keepsItsMapAndVerifiesWhileBothRoadsAreDown() throws Exception {
    var follower = ready(EAGER);
    var verifier = new TokenVerifier(follower, TokenVerifierConfig.defaults());
    var known = Token.user(Alg.RS256, 0).signed(TestKeys.rsa());
    var unknown = Token.user(Alg.EDDSA, 5539).signed(TestKeys.ed25519());
    keystore.setDown(true);
    topic.setDown(true);
    log.added(USERADM, 5539, TestKeys.ed25519());

    assertThat(verdict(verifier, known)).isInstanceOf(Check.Verified.class);
    assertThat(verdict(verifier, unknown)).isInstanceOf(Check.Unavailable.class);

    keystore.setDown(false);
    assertThat(verdict(verifier, unknown)).isInstanceOf(Check.Verified.class);
  }

  @Test
  void asksTheKeystoreForAKidThatKafkaHasNotBroughtYet() throws Exception {
    var verifier = new TokenVerifier(ready(PATIENT), TokenVerifierConfig.defaults());
    var unknown = Token.user(Alg.EDDSA, 5539).signed(TestKeys.ed25519());

    assertThat(verdict(verifier, unknown)).isEqualTo(new Check.Refused(Reason.UNKNOWN_KID));
    log.added(USERADM, 7, TestKeys.rsa("seven"));
    log.added(USERADM, 5539, TestKeys.ed25519());
    topic.send(log.event(3));
    await().until(() -> !verdict(verifier, unknown).equals(new Check.Refused(Reason.UNKNOWN_KID)));

    assertThat(verdict(verifier, unknown)).isInstanceOf(Check.Verified.class);
  }

  @Test
  void pausesBetweenAttemptsWhileBothRoadsAreDown() throws Exception {
    keystore.setDown(true);
    topic.setBroken(true);
    start(FollowerConfig.named("useradm-test"));

    Thread.sleep(1500);

    assertThat(keystore.reads()).isBetween(1, 6);
    assertThat(topic.opened()).isBetween(1, 8);
  }

  @Test
  void keepsItsMapWhenTheKeystoresLogWasRolledBack() throws Exception {
    var follower = ready(PATIENT);
    keystore.hideAfter(1);

    assertThat(follower.pull().toCompletableFuture().get(20, TimeUnit.SECONDS))
        .isEqualTo(new PullOutcome.Failed("the keystore's log was rolled back"));

    assertThat(alarms("rolled_back")).isEqualTo(1);
    assertThat(follower.map()).isEqualTo(log.map());
  }

  @Test
  void provesToAKeystoreWithAShorterLogThatItWasLonger() throws Exception {
    ready(EAGER);
    await().until(() -> keystore.reports().stream().anyMatch(report -> report.getEpoch() == 2));
    assertThat(keystore.reports()).noneMatch(ReportRequest::hasNewest);

    keystore.hideAfter(1);
    log.added(USERADM, 5539, TestKeys.ed25519());
    topic.send(log.event(3));

    await()
        .untilAsserted(
            () ->
                assertThat(keystore.reports())
                    .filteredOn(ReportRequest::hasNewest)
                    .extracting(ReportRequest::getNewest)
                    .contains(log.event(3)));
  }

  @Test
  void doesNotBelieveTheKeystoreEither() throws Exception {
    var follower = ready(PATIENT);
    keystore.setLie(
        events ->
            events.stream()
                .map(
                    event ->
                        event.toBuilder().setSignature(ByteString.copyFrom(new byte[64])).build())
                .toList());
    log.added(USERADM, 5539, TestKeys.ed25519());

    assertThat(follower.pull().toCompletableFuture().get(20, TimeUnit.SECONDS))
        .isEqualTo(new PullOutcome.Failed("the keystore sent an event that is not genuine"));
    assertThat(follower.map().epoch()).isEqualTo(2);
    assertThat(alarms("forged")).isGreaterThanOrEqualTo(1);

    keystore.setLie(events -> events);
    assertThat(follower.pull().toCompletableFuture().get(20, TimeUnit.SECONDS))
        .isEqualTo(new PullOutcome.CaughtUp(3));
  }

  @Test
  void noticesThatTheKeystoreLeftOutAnEvent() throws Exception {
    var follower = ready(PATIENT);
    keystore.setLie(events -> events.stream().skip(1).toList());
    log.added(USERADM, 1, TestKeys.rsa("one"));
    log.added(USERADM, 2, TestKeys.rsa("two"));

    assertThat(follower.pull().toCompletableFuture().get(20, TimeUnit.SECONDS))
        .isEqualTo(new PullOutcome.Failed("the keystore left out an event"));
  }

  @Test
  void sharesOnePullAmongAllWhoWait() throws Exception {
    var interval = Duration.ofMillis(200);
    var config =
        new FollowerConfig(
            "useradm-test",
            CryptoProvider.preferred().algs(),
            Duration.ofMinutes(10),
            Duration.ofMinutes(10),
            Duration.ofSeconds(1),
            interval,
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofMinutes(10));
    var follower = ready(config);
    var start = System.nanoTime();

    for (int round = 0; round < 5; round++) {
      var pulls =
          IntStream.range(0, 1000)
              .mapToObj(_ -> follower.pull().toCompletableFuture())
              .toArray(CompletableFuture[]::new);
      CompletableFuture.allOf(pulls).get(20, TimeUnit.SECONDS);
    }

    var elapsed = System.nanoTime() - start;
    assertThat((long) keystore.reads()).isLessThanOrEqualTo(elapsed / interval.toNanos() + 3);
  }

  @Test
  void boundsWhatAFloodOfRandomKidsCostsTheKeystore() throws Exception {
    var follower = ready(FollowerConfig.named("useradm-test"));
    var verifier = new TokenVerifier(follower, TokenVerifierConfig.defaults());
    var before = keystore.reads();
    var start = System.nanoTime();

    var verdicts =
        IntStream.range(1, 3000)
            .mapToObj(
                kid ->
                    verifier
                        .checkOrPull(
                            USERADM, Token.user(Alg.EDDSA, kid).withSignature(new byte[64]), NOW)
                        .toCompletableFuture())
            .toList();
    CompletableFuture.allOf(verdicts.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);

    var pullsAllowed = (System.nanoTime() - start) / Duration.ofMillis(250).toNanos() + 3;
    assertThat((long) keystore.reads() - before).isLessThanOrEqualTo(pullsAllowed);
    assertThat(verdicts)
        .allSatisfy(
            verdict ->
                assertThat(verdict).isCompletedWithValue(new Check.Refused(Reason.UNKNOWN_KID)));
  }

  @Test
  void reportsWhatItHasAppliedAtOnce() throws Exception {
    usage = () -> List.of(KeyUsage.newBuilder().setRing(USERADM).setKid(0).setSessions(7).build());
    var follower = ready(PATIENT);
    topic.send(log.added(USERADM, 5539, TestKeys.ed25519()));
    awaitSame(follower);

    await().until(() -> keystore.reports().getLast().getEpoch() == 3);
    var report = keystore.reports().getLast();
    assertThat(report.getVerifier()).isEqualTo("useradm-test");
    assertThat(report.getKeySetHash().toByteArray()).isEqualTo(log.map().keySetHash());
    assertThat(report.getAlgsList())
        .containsExactly(
            "RS256", "ES256", "ES384", "ES512", "EdDSA", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87");
    assertThat(report.getUsage(0).getSessions()).isEqualTo(7);
    assertThat(report.getUsageAge())
        .isEqualTo(
            com.google.protobuf.Duration.newBuilder().setSeconds(1).setNanos(500_000_000).build());
    assertThat(report.getVerdicts(0).getAccepted()).isEqualTo(3);
  }

  @Test
  void countsAnewAndReportsAgainAtOnceWhenSomebodyWaitsForIt() throws Exception {
    keystore.wantCount();
    ready(PATIENT);

    await().until(() -> askedAnew.contains(true));
    await().atMost(LONG).until(() -> keystore.reports().size() >= 2);
    assertThat(askedAnew).first().isEqualTo(false);
  }

  @Test
  void isWaitedForWhileItsLeaseRunsAndItHasWhatTheLogHadThen() throws Exception {
    keystore.setLeaseMillis(1000);
    keystore.tellHead();
    var follower = ready(PATIENT);
    await().atMost(LONG).until(follower::isWaitedFor);

    keystore.setDown(true);
    await().atMost(LONG).until(() -> !follower.isWaitedFor());
    log.added(USERADM, 5539, TestKeys.ed25519());

    keystore.setDown(false);
    await().atMost(LONG).until(follower::isWaitedFor);
    assertThat(follower.map().epoch()).isEqualTo(3);
  }

  @Test
  void answersWithAPullThatBeganAfterTheQuestion() throws Exception {
    var follower = ready(PATIENT);
    var read = new CountDownLatch(1);
    var mayAnswer = new CountDownLatch(1);
    keystore.setLie(
        events -> {
          var asTheyWere = List.copyOf(events);
          read.countDown();
          try {
            mayAnswer.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return asTheyWere;
        });
    var before = follower.pull().toCompletableFuture();
    read.await();
    log.added(USERADM, 5539, TestKeys.ed25519());

    var after = follower.pull().toCompletableFuture();
    mayAnswer.countDown();

    assertThat(before.get(20, TimeUnit.SECONDS)).isEqualTo(new PullOutcome.CaughtUp(2));
    assertThat(after.get(20, TimeUnit.SECONDS)).isEqualTo(new PullOutcome.CaughtUp(3));
  }

  @Test
  void renewsItsLease() throws Exception {
    keystore.setLeaseMillis(1000);
    start(PATIENT);

    await().atMost(LONG).until(() -> keystore.reports().size() >= 5);
    assertThat(keystore.reports().getLast().getEpoch()).isEqualTo(2);
  }

  @Test
  void reportsAgainOnceTheKeystoreIsBack() throws Exception {
    keystore.setDown(true);
    var follower = start(EAGER);
    topic.send(log.events().toArray(SignedKeyEvent[]::new));
    awaitSame(follower);

    keystore.setDown(false);

    await().atMost(LONG).until(() -> !keystore.reports().isEmpty());
    assertThat(keystore.reports().getLast().getEpoch()).isEqualTo(2);
  }

  @Test
  void doesNotReportWhenItCannotSayWhatHangsOnTheKeys() throws Exception {
    usage =
        () -> {
          throw new IllegalStateException("registry down");
        };
    ready(EAGER);
    await().until(() -> alarms("usage_unknown") > 0);
    assertThat(keystore.reports()).isEmpty();

    usage = List::of;
    await().atMost(LONG).until(() -> !keystore.reports().isEmpty());
  }

  @Test
  void pullsWhenTheAnswerToAReportNamesANewerEpoch() throws Exception {
    keystore.setLeaseMillis(1000);
    keystore.tellHead();
    var follower = ready(PATIENT);

    log.added(USERADM, 5539, TestKeys.ed25519());

    awaitSame(follower);
  }

  @Test
  void saysHowStaleItIs() throws Exception {
    var follower = ready(PATIENT);

    await().until(() -> follower.status().kafkaAnswering());
    assertThat(follower.status().epoch()).isEqualTo(2);
    assertThat(meters.get("rekey.keylog.staleness").gauge().value()).isCloseTo(0, within(15.0));
    assertThat(follower.status().staleness()).isLessThan(Duration.ofSeconds(15));
  }

  @Test
  void answersNobodyAfterItIsClosedButKeepsItsMap() throws Exception {
    var follower = ready(PATIENT);

    follower.close();
    follower.close();

    assertThat(follower.pull().toCompletableFuture().get(20, TimeUnit.SECONDS))
        .isInstanceOf(PullOutcome.Failed.class);
    assertThat(follower.map()).isEqualTo(log.map());
  }

  private KeyLogFollower ready(FollowerConfig config) throws InterruptedException {
    var follower = start(config);
    assertThat(follower.awaitReady(LONG)).isTrue();
    return follower;
  }

  private KeyLogFollower start(FollowerConfig config) {
    return start(config, topic);
  }

  private KeyLogFollower start(FollowerConfig config, RecordSource.@Nullable Factory kafka) {
    var follower =
        new KeyLogFollower(
            config,
            List.of(log.logKey()),
            keystore.channel(),
            kafka,
            books,
            meters,
            InstantSource.system(),
            new Random(1));
    open = follower;
    follower.start();
    return follower;
  }

  private void awaitSame(KeyLogFollower follower) {
    await().atMost(LONG).untilAsserted(() -> assertThat(follower.map()).isEqualTo(log.map()));
  }

  private static Check.Verdict verdict(TokenVerifier verifier, byte[] token) {
    return verifier.checkOrPull(USERADM, token, NOW).toCompletableFuture().join();
  }

  private double count(String name, String... tags) {
    var counter = meters.find("rekey.keylog." + name).tags(tags).counter();
    return counter == null ? 0 : counter.count();
  }

  private double alarms(String kind) {
    return count("alarms", "kind", kind);
  }
}
