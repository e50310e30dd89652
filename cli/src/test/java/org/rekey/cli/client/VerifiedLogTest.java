package org.rekey.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.BindableService;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.cli.CommandFailed;
import org.rekey.proto.keystore.v1.KeyActivated;
import org.rekey.proto.keystore.v1.KeyAdded;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyLogGrpc;
import org.rekey.proto.keystore.v1.Purpose;
import org.rekey.proto.keystore.v1.ReadRequest;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.proto.keystore.v1.Verifier;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.log.LogChain;
import org.rekey.verifier.log.LogKey;
import org.rekey.verifier.map.KeyState;

class VerifiedLogTest {
  @TempDir Path directory;

  private final KeyPair logKey = ed25519();
  private final List<SignedKeyEvent> served = new ArrayList<>();

  private static KeyPair ed25519() {
    try {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void add(KeyEvent.Builder event, KeyPair signer) {
    ByteString previous =
        served.isEmpty() ? LogChain.GENESIS : LogChain.hash(served.getLast().getEvent());
    served.add(
        LogChain.sign(
            event
                .setEpoch(served.size() + 1)
                .setPreviousHash(previous)
                .setRing("useradm")
                .setActor("operator")
                .build(),
            signer.getPrivate(),
            LogKey.of(signer.getPublic())));
  }

  private static KeyEvent.Builder added(long kid) {
    KeyPair key = ed25519();
    return KeyEvent.newBuilder()
        .setKid(kid)
        .setKeyAdded(
            KeyAdded.newBuilder()
                .setAlg(Alg.EDDSA.jwsName())
                .setPublicKey(ByteString.copyFrom(key.getPublic().getEncoded()))
                .setThumbprint(Thumbprint.of(key.getPublic()))
                .setIssuer("mender.useradm")
                .setPurpose(Purpose.PURPOSE_USER));
  }

  private static KeyEvent.Builder activated(long kid) {
    return KeyEvent.newBuilder().setKid(kid).setKeyActivated(KeyActivated.getDefaultInstance());
  }

  private VerifiedLog read() throws IOException {
    Path trusted = directory.resolve("log-key.pub.pem");
    Files.writeString(trusted, LogKey.of(logKey.getPublic()).toPem());
    BindableService service =
        new KeyLogGrpc.KeyLogImplBase() {
          @Override
          public void read(ReadRequest request, StreamObserver<SignedKeyEvent> observer) {
            served.forEach(observer::onNext);
            observer.onCompleted();
          }
        };
    var server =
        InProcessServerBuilder.forName("log").directExecutor().addService(service).build().start();
    var channel = InProcessChannelBuilder.forName("log").directExecutor().build();
    try {
      return VerifiedLog.read(KeyLogGrpc.newBlockingStub(channel), trusted);
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  @Test
  void foldsASoundLog() throws IOException {
    add(added(0), logKey);
    add(activated(0), logKey);
    VerifiedLog log = read();
    assertThat(log.events()).hasSize(2);
    assertThat(log.violations()).isEmpty();
    assertThat(log.head().active("useradm")).isPresent();
    assertThat(log.at(1).find("useradm", 0).orElseThrow().state()).isEqualTo(KeyState.ANNOUNCED);
  }

  @Test
  void stopsAtAnEventThatTheLogKeyHasNotSigned() {
    add(added(0), logKey);
    add(added(1), ed25519());
    assertThatThrownBy(this::read)
        .isInstanceOf(CommandFailed.class)
        .hasMessageContaining("key log: event 2 cannot be trusted: log key: unknown");
  }

  @Test
  void stopsAtAGap() {
    add(added(0), logKey);
    add(added(1), logKey);
    add(added(2), logKey);
    served.remove(1);
    assertThatThrownBy(this::read).hasMessageContaining("event 2 cannot be trusted: missing");
  }

  @Test
  void tellsWhatNoVerifierObeys() throws IOException {
    add(added(0), logKey);
    add(activated(7), logKey);
    assertThat(read().violations()).singleElement().asString().startsWith("event 2: ");
  }

  @Test
  void provesAVerifiersMapByItsHash() throws IOException {
    add(added(0), logKey);
    add(added(1), logKey);
    VerifiedLog log = read();
    Verifier honest =
        Verifier.newBuilder()
            .setEpoch(1)
            .setKeySetHash(ByteString.copyFrom(log.at(1).keySetHash()))
            .build();
    assertThat(VerifierMap.of(honest, log).isProven()).isTrue();
    assertThat(VerifierMap.of(honest, log).behind()).isEqualTo(1);
    Verifier astray = honest.toBuilder().setEpoch(2).build();
    assertThat(VerifierMap.of(astray, log).isProven()).isFalse();
  }
}
