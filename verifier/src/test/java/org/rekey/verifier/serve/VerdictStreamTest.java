package org.rekey.verifier.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.verifier.fixture.LogWriter.USERADM;
import static org.rekey.verifier.fixture.Token.NOW;

import com.google.protobuf.ByteString;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rekey.proto.auth.v1.Refused;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.auth.v1.VerdictBatch;
import org.rekey.proto.auth.v1.VerifyBatch;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.proto.auth.v1.VerifyResponse;
import org.rekey.proto.auth.v1.VerifyResponse.VerdictCase;
import org.rekey.verifier.fixture.TestKeys;
import org.rekey.verifier.fixture.Token;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.token.TokenVerifier;
import org.rekey.verifier.token.TokenVerifierConfig;

class VerdictStreamTest {
  private static final KeyPair KEY = TestKeys.ed25519();
  private static final Duration HOUR = Duration.ofHours(1);
  private static final byte[] JUNK = {'x'};

  private final KeysInHand keys = new KeysInHand();
  private final TableOfTokens table = new TableOfTokens();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Answers answers = new Answers();
  private LiveTokens live;
  private Server server;
  private ManagedChannel channel;
  private StreamObserver<VerifyBatch> questions;

  @BeforeEach
  void open() throws IOException {
    keys.log.added(USERADM, 7, KEY);
    live = new LiveTokens(table, 100_000, HOUR, HOUR, new Coverage(), System::nanoTime, meters);
    var verifier = new TokenVerifier(keys, TokenVerifierConfig.defaults());
    var verdicts =
        new TokenVerdicts(
            USERADM, verifier, live, _ -> {}, () -> NOW, new VerdictCounters(USERADM, meters));
    var endpoint = new TokenVerifierEndpoint(verdicts);
    String name = InProcessServerBuilder.generateName();
    BindableService service =
        new TokenVerifierGrpc.TokenVerifierImplBase() {
          @Override
          public StreamObserver<VerifyBatch> verifyStream(StreamObserver<VerdictBatch> observer) {
            return endpoint.verifyStream(observer);
          }
        };
    server =
        InProcessServerBuilder.forName(name).directExecutor().addService(service).build().start();
    channel = InProcessChannelBuilder.forName(name).build();
    questions = TokenVerifierGrpc.newStub(channel).verifyStream(answers);
  }

  @AfterEach
  void close() throws InterruptedException {
    table.gate.release(1_000_000);
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
  }

  @Test
  void answersWhatItKnowsInOneMessageForEachMessage() {
    questions.onNext(batch(item(1, JUNK), item(2, JUNK), item(3, JUNK)));
    answers.await(3);
    assertThat(answers.messages).hasSize(1);
    assertThat(answers.byId).containsOnlyKeys(1L, 2L, 3L);
  }

  @Test
  void doesNotLetOneThatWaitsKeepTheOthers() {
    table.gate.drainPermits();
    table.rows.put("slow", new LiveToken("u1", LiveToken.Kind.USER_SESSION));
    questions.onNext(batch(item(1, token("slow")), item(2, JUNK)));
    questions.onNext(batch(item(3, JUNK)));
    answers.await(2);
    assertThat(answers.byId).containsOnlyKeys(2L, 3L);
    table.gate.release(1);
    answers.await(3);
    answers.hold(1, VerdictCase.ACCEPTED);
  }

  @Test
  void answersUnavailableForOneAndGoesOnForTheOthers() {
    keys.reachable = false;
    byte[] unknownKid = Token.user(Alg.EDDSA, 99).signed(KEY);
    questions.onNext(batch(item(1, unknownKid), item(2, JUNK)));
    answers.await(2);
    answers.hold(1, VerdictCase.UNAVAILABLE);
    answers.hold(2, VerdictCase.REFUSED);
  }

  @Test
  void endsAfterTheLastAnswerWhenTheCallerHasNoMoreQuestions() throws InterruptedException {
    table.gate.drainPermits();
    questions.onNext(batch(item(1, token("t1"))));
    questions.onCompleted();
    assertThat(answers.ended.await(100, TimeUnit.MILLISECONDS)).isFalse();
    table.gate.release(1);
    assertThat(answers.ended.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(answers.byId).containsOnlyKeys(1L);
  }

  @Test
  void takesNoMoreQuestionsThanItCanHoldOpen() {
    table.gate.drainPermits();
    int batches = 12;
    int size = 500;
    for (int b = 0; b < batches; b++) {
      VerifyBatch.Builder batch = VerifyBatch.newBuilder();
      for (int i = 0; i < size; i++) {
        int id = b * size + i;
        batch.addItems(item(id, token("t" + id)));
      }
      questions.onNext(batch.build());
    }
    Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> misses() >= 4096);
    assertThat(misses()).isLessThan(4096 + size);
    table.gate.release(1_000_000);
    answers.await(batches * size);
  }

  private static VerifyBatch.Item at(int place, VerifyBatch.Item item) {
    return item.toBuilder().setPlace(place).build();
  }

  private static VerifyBatch.Item standingAt(int place, long id) {
    return VerifyBatch.Item.newBuilder().setId(id).setPlace(place).build();
  }

  private void issued(String... tokenIds) {
    for (String tokenId : tokenIds) {
      table.rows.put(tokenId, new LiveToken("u1", LiveToken.Kind.USER_SESSION));
    }
  }

  @Test
  void judgesATokenThatItWasSentBefore() {
    issued("t1", "t2");
    questions.onNext(
        batch(at(1, item(1, token("t1"))), at(TokenPlaces.OF_A_STREAM, item(2, token("t2")))));
    questions.onNext(batch(standingAt(1, 3), standingAt(TokenPlaces.OF_A_STREAM, 4)));
    answers.await(4);
    assertThat(answers.messages).allMatch(batch -> batch.getPlaces() == TokenPlaces.OF_A_STREAM);
    assertThat(answers.of(3).getAccepted().getTokenId()).isEqualTo("t1");
    assertThat(answers.of(4).getAccepted().getTokenId()).isEqualTo("t2");
  }

  @Test
  void judgesTheTokenThatWasPutThereLast() {
    issued("t1", "t2");
    questions.onNext(
        batch(
            at(1, item(1, token("t1"))),
            standingAt(1, 2),
            at(1, item(3, token("t2"))),
            standingAt(1, 4)));
    answers.await(4);
    assertThat(answers.of(2).getAccepted().getTokenId()).isEqualTo("t1");
    assertThat(answers.of(4).getAccepted().getTokenId()).isEqualTo("t2");
  }

  @Test
  void judgesAKeptTokenAnewEachTime() {
    issued("t1");
    questions.onNext(batch(at(1, item(1, token("t1")))));
    answers.await(1);
    answers.hold(1, VerdictCase.ACCEPTED);
    keys.log.compromised(USERADM, 7);
    questions.onNext(batch(standingAt(1, 2)));
    answers.await(2);
    assertThat(answers.of(2).getRefused().getReason())
        .isEqualTo(Refused.Reason.REASON_KEY_COMPROMISED);
  }

  @Test
  void hasNoVerdictWhereNoTokenIs() {
    issued("t1");
    questions.onNext(
        batch(
            at(1, item(1, token("t1"))),
            standingAt(2, 2),
            standingAt(TokenPlaces.OF_A_STREAM + 1, 3),
            standingAt(-1, 4)));
    answers.await(4);
    answers.hold(1, VerdictCase.ACCEPTED);
    for (long id = 2; id <= 4; id++) {
      answers.hold(id, VerdictCase.UNAVAILABLE);
    }
  }

  @Test
  void judgesATokenForWhichItHasNoPlace() {
    issued("t1");
    questions.onNext(
        batch(at(TokenPlaces.OF_A_STREAM + 1, item(1, token("t1"))), at(-1, item(2, token("t1")))));
    answers.await(2);
    answers.hold(1, VerdictCase.ACCEPTED);
    answers.hold(2, VerdictCase.ACCEPTED);
  }

  @Test
  void doesNotKeepALongTokenNorWhatWasInItsPlace() {
    issued("t1");
    byte[] tooLong = new byte[TokenPlaces.LONGEST + 1];
    questions.onNext(batch(at(1, item(1, token("t1"))), at(1, item(2, tooLong)), standingAt(1, 3)));
    answers.await(3);
    answers.hold(1, VerdictCase.ACCEPTED);
    answers.hold(2, VerdictCase.REFUSED);
    answers.hold(3, VerdictCase.UNAVAILABLE);
  }

  @Test
  void refusesAKeptTokenOnceItIsRevoked() {
    issued("t1");
    questions.onNext(batch(at(1, item(1, token("t1")))));
    answers.await(1);
    answers.hold(1, VerdictCase.ACCEPTED);
    table.rows.remove("t1");
    live.forget("t1");
    questions.onNext(batch(standingAt(1, 2)));
    answers.await(2);
    assertThat(answers.of(2).getRefused().getReason()).isEqualTo(Refused.Reason.REASON_NOT_LIVE);
  }

  @Test
  void hasPlacesForSixteenStreamsAndForOthersWhenOneOfThemHasEnded() {
    assertThat(placesOf(answers, questions)).isEqualTo(TokenPlaces.OF_A_STREAM);
    for (int i = 2; i <= 16; i++) {
      assertThat(placesOfANewStream()).isEqualTo(TokenPlaces.OF_A_STREAM);
    }
    assertThat(placesOfANewStream()).isZero();
    questions.onCompleted();
    assertThat(placesOfANewStream()).isEqualTo(TokenPlaces.OF_A_STREAM);
    assertThat(placesOfANewStream()).isZero();
  }

  private int placesOfANewStream() {
    Answers others = new Answers();
    return placesOf(others, TokenVerifierGrpc.newStub(channel).verifyStream(others));
  }

  private static int placesOf(Answers answers, StreamObserver<VerifyBatch> questions) {
    questions.onNext(batch(item(1, JUNK)));
    answers.await(1);
    return answers.messages.getFirst().getPlaces();
  }

  @Test
  void refusesAnEmptyTokenThatIsNowhere() {
    questions.onNext(batch(item(1, new byte[0])));
    answers.await(1);
    answers.hold(1, VerdictCase.REFUSED);
  }

  private double misses() {
    return meters.get("rekey.registry.lookups").tag("outcome", "miss").counter().count();
  }

  private static byte[] token(String tokenId) {
    return Token.user(Alg.EDDSA, 7).claims("a1b2", tokenId).signed(KEY);
  }

  private static VerifyBatch batch(VerifyBatch.Item... items) {
    return VerifyBatch.newBuilder().addAllItems(List.of(items)).build();
  }

  private static VerifyBatch.Item item(long id, byte[] token) {
    return VerifyBatch.Item.newBuilder()
        .setId(id)
        .setRequest(VerifyRequest.newBuilder().setToken(ByteString.copyFrom(token)))
        .build();
  }

  private static final class Answers implements StreamObserver<VerdictBatch> {
    final List<VerdictBatch> messages = new CopyOnWriteArrayList<>();
    final Map<Long, VerifyResponse> byId = new ConcurrentHashMap<>();
    final CountDownLatch ended = new CountDownLatch(1);

    @Override
    public void onNext(VerdictBatch batch) {
      messages.add(batch);
      batch.getItemsList().forEach(item -> byId.put(item.getId(), item.getResponse()));
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {
      ended.countDown();
    }

    void hold(long id, VerdictCase verdict) {
      assertThat(byId.entrySet())
          .anyMatch(
              answer -> answer.getKey() == id && answer.getValue().getVerdictCase() == verdict);
    }

    VerifyResponse of(long id) {
      return Objects.requireNonNull(byId.get(id));
    }

    void await(int count) {
      Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> byId.size() >= count);
    }
  }
}
