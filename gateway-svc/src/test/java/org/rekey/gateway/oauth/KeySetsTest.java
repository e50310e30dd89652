package org.rekey.gateway.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rekey.gateway.rpc.UnaryCalls;
import org.rekey.proto.auth.v1.ListVerificationKeysRequest;
import org.rekey.proto.auth.v1.ListVerificationKeysResponse;
import org.rekey.proto.auth.v1.VerificationKey;
import org.rekey.proto.auth.v1.VerificationKeysGrpc;

class KeySetsTest {
  private final String name = UUID.randomUUID().toString();
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong();
  private final List<StreamObserver<ListVerificationKeysResponse>> open = new ArrayList<>();
  private Server server;
  private ManagedChannel channel;
  private KeySets sets;

  @BeforeEach
  void start() throws IOException {
    server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .addService(
                new VerificationKeysGrpc.VerificationKeysImplBase() {
                  @Override
                  public void listKeys(
                      ListVerificationKeysRequest request,
                      StreamObserver<ListVerificationKeysResponse> answer) {
                    calls.incrementAndGet();
                    open.add(answer);
                  }
                })
            .build()
            .start();
    channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    sets = new KeySets(new UnaryCalls(Runnable::run, channel, Duration.ofMinutes(1)), nanos::get);
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  private List<String> ask() {
    List<String> heard = new ArrayList<>();
    sets.ask(set -> heard.add(set.jwks()), status -> heard.add(status.getCode().name()));
    return heard;
  }

  private void answer(String kid) {
    StreamObserver<ListVerificationKeysResponse> observer = open.removeFirst();
    observer.onNext(
        ListVerificationKeysResponse.newBuilder()
            .setIssuer("mender.useradm")
            .setEpoch(7)
            .addKeys(
                VerificationKey.newBuilder()
                    .setKid(kid)
                    .setAlg("EdDSA")
                    .setThumbprint("t")
                    .putJwk("kty", "OKP")
                    .putJwk("crv", "Ed25519")
                    .putJwk("x", "AA"))
            .build());
    observer.onCompleted();
  }

  private static String set(String kid) {
    return """
    {"keys":[{"kid":"%s","use":"sig","alg":"EdDSA","crv":"Ed25519","kty":"OKP","x":"AA","rekey_thumbprint":"t"}]}\
    """
        .formatted(kid);
  }

  @Test
  void aCrowdCostsOneQuestion() {
    List<String> first = ask();
    List<String> second = ask();
    answer("1");

    assertThat(first).containsExactly(set("1"));
    assertThat(second).containsExactly(set("1"));
    assertThat(ask()).containsExactly(set("1"));
    assertThat(calls).hasValue(1);
  }

  @Test
  void whatIsASecondOldIsAskedForAgain() {
    ask();
    answer("1");
    nanos.addAndGet(Duration.ofMillis(999).toNanos());
    assertThat(ask()).containsExactly(set("1"));

    nanos.addAndGet(Duration.ofMillis(1).toNanos());
    List<String> later = ask();
    answer("2");
    assertThat(later).containsExactly(set("2"));
    assertThat(calls).hasValue(2);
  }

  @Test
  void anOldSetIsNotGivenOutWhenANewOneCannotBeHad() {
    ask();
    answer("1");
    nanos.addAndGet(Duration.ofSeconds(2).toNanos());

    List<String> later = ask();
    open.removeFirst().onError(Status.UNAVAILABLE.asRuntimeException());

    assertThat(later).containsExactly("UNAVAILABLE");
  }
}
