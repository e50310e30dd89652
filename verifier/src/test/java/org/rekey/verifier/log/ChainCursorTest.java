package org.rekey.verifier.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rekey.proto.keystore.v1.KeyActivated;
import org.rekey.proto.keystore.v1.KeyCompromised;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.fixture.TestKeys;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.log.ChainCursor.Duplicate;
import org.rekey.verifier.log.ChainCursor.Forged;
import org.rekey.verifier.log.ChainCursor.Fork;
import org.rekey.verifier.log.ChainCursor.Gap;
import org.rekey.verifier.log.ChainCursor.Next;

class ChainCursorTest {
  private final LogWriter log = new LogWriter();
  private final ChainCursor cursor = ChainCursor.atGenesis(List.of(log.logKey()));

  ChainCursorTest() {
    log.added("useradm", 0, TestKeys.rsa());
    log.activated("useradm", 0);
    log.added("useradm", 5539, TestKeys.ed25519());
  }

  @Test
  void passesAGenuineLogInOrder() {
    for (var event : log.events()) {
      assertThat(cursor.accept(event))
          .isEqualTo(new Next(LogWriter.parse(event), LogChain.hash(event.getEvent())));
    }

    assertThat(cursor.epoch()).isEqualTo(3);
    assertThat(cursor.head()).isEqualTo(log.headHash());
  }

  @Test
  void startsFromThirtyTwoZeroBytes() {
    assertThat(cursor.head()).isEqualTo(ByteString.copyFrom(new byte[32]));
    assertThat(LogWriter.parse(log.event(1)).getPreviousHash()).isEqualTo(LogChain.GENESIS);
  }

  @Test
  void callsAnEventPassedBeforeADuplicate() {
    log.events().forEach(cursor::accept);

    assertThat(cursor.accept(log.event(2))).isEqualTo(new Duplicate(2));
    assertThat(cursor.accept(log.event(3).toBuilder().clearSignature().build()))
        .isEqualTo(new Duplicate(3));
    assertThat(cursor.epoch()).isEqualTo(3);
  }

  @Test
  void namesAGapAndStaysWhereItIs() {
    assertThat(cursor.accept(log.event(3))).isEqualTo(new Gap(1, 3));
    assertThat(cursor.accept(log.event(1))).isInstanceOf(Next.class);
    assertThat(cursor.accept(log.event(3))).isEqualTo(new Gap(2, 3));
    assertThat(cursor.epoch()).isEqualTo(1);
  }

  @Test
  void refusesAWrongSignature() {
    var event = log.event(1);
    var flipped = event.getSignature().toByteArray();
    flipped[10] ^= 1;

    assertThat(cursor.accept(event.toBuilder().setSignature(ByteString.copyFrom(flipped)).build()))
        .isEqualTo(new Forged("signature: wrong"));
    assertThat(cursor.accept(event.toBuilder().clearSignature().build()))
        .isEqualTo(new Forged("signature: wrong"));
    assertThat(cursor.epoch()).isZero();
  }

  @Test
  void refusesAnotherLogKeyEvenUnderATrustedName() {
    var stranger = new LogWriter(TestKeys.ed25519("stranger"));
    var forged = stranger.added("useradm", 0, TestKeys.rsa("evil"));

    assertThat(cursor.accept(forged)).isEqualTo(new Forged("log key: unknown"));
    assertThat(
            cursor.accept(
                forged.toBuilder().setLogKeyThumbprint(log.logKey().thumbprint()).build()))
        .isEqualTo(new Forged("signature: wrong"));
  }

  @Test
  void refusesASignatureMadeWithoutThePrefix() {
    var event = log.event(1).getEvent();
    var bare = Alg.EDDSA.sign(TestKeys.ed25519("log").getPrivate(), event.toByteArray());

    assertThat(
            cursor.accept(log.event(1).toBuilder().setSignature(ByteString.copyFrom(bare)).build()))
        .isEqualTo(new Forged("signature: wrong"));
  }

  @Test
  void doesNotLetAForgedEpochPassForAGap() {
    var stranger = new LogWriter(TestKeys.ed25519("stranger"));
    var far =
        stranger.sign(
            stranger
                .event(
                    "useradm", 0, event -> event.setKeyActivated(KeyActivated.getDefaultInstance()))
                .setEpoch(1_000_000)
                .build());

    assertThat(cursor.accept(far)).isInstanceOf(Forged.class);
  }

  @Test
  void callsAnotherGenuineEventOfAnOldEpochAFork() {
    log.events().forEach(cursor::accept);
    var other =
        log.sign(
            LogWriter.parse(log.event(2)).toBuilder()
                .setKeyCompromised(KeyCompromised.getDefaultInstance())
                .build());

    assertThat(cursor.accept(other))
        .isEqualTo(new Fork(2, "another event is known for this epoch"));
    assertThat(cursor.epoch()).isEqualTo(3);
  }

  @Test
  void callsAForgedEventOfAnOldEpochForged() {
    log.events().forEach(cursor::accept);
    var other =
        LogWriter.parse(log.event(2)).toBuilder()
            .setKeyCompromised(KeyCompromised.getDefaultInstance())
            .build();

    assertThat(cursor.accept(log.event(2).toBuilder().setEvent(other.toByteString()).build()))
        .isEqualTo(new Forged("signature: wrong"));
  }

  @Test
  void callsAGenuineEventOfAnotherHistoryAFork() {
    cursor.accept(log.event(1));
    var other =
        log.sign(
            LogWriter.parse(log.event(2)).toBuilder().setPreviousHash(LogChain.GENESIS).build());

    assertThat(cursor.accept(other))
        .isEqualTo(new Fork(2, "previous_hash is not the hash of the event before"));
    assertThat(cursor.accept(log.event(2))).isInstanceOf(Next.class);
  }

  @Test
  void refusesWhatIsNoEvent() {
    assertThat(cursor.accept(SignedKeyEvent.getDefaultInstance())).isInstanceOf(Forged.class);
    assertThat(
            cursor.accept(
                SignedKeyEvent.newBuilder().setEvent(ByteString.copyFromUtf8("poison")).build()))
        .isEqualTo(new Forged("event: not a KeyEvent"));
    assertThat(
            cursor.accept(
                SignedKeyEvent.newBuilder()
                    .setEvent(ByteString.copyFrom(new byte[100_000]))
                    .build()))
        .isEqualTo(new Forged("event: over 65536 bytes"));
  }

  @Test
  void refusesEpochsBeyondCounting() {
    var event = log.event("useradm", 0, e -> e.setKeyActivated(KeyActivated.getDefaultInstance()));

    assertThat(cursor.accept(log.sign(event.setEpoch(-1).build()))).isInstanceOf(Forged.class);
    assertThat(cursor.accept(log.sign(event.setEpoch(0).build()))).isInstanceOf(Forged.class);
    assertThat(cursor.accept(log.sign(event.setEpoch(Long.MAX_VALUE).build())))
        .isEqualTo(new Gap(1, Long.MAX_VALUE));
  }

  @Test
  void takesEventsOfEveryTrustedLogKey() {
    var newKeystore = new LogWriter(TestKeys.ed25519("next log"));
    var both = ChainCursor.atGenesis(List.of(log.logKey(), newKeystore.logKey()));
    both.accept(log.event(1));
    var handedOver =
        newKeystore.sign(
            newKeystore
                .event("useradm", 0, e -> e.setKeyActivated(KeyActivated.getDefaultInstance()))
                .setEpoch(2)
                .setPreviousHash(both.head())
                .build());

    assertThat(both.accept(handedOver)).isInstanceOf(Next.class);
  }

  @Test
  void needsALogKey() {
    assertThatThrownBy(() -> ChainCursor.atGenesis(List.of()))
        .hasMessage("trusted log keys: none (expected: at least one)");
  }

  @Test
  void readsALogKeyFromItsPem() {
    assertThat(LogKey.fromPem(log.logKey().toPem()).thumbprint())
        .isEqualTo(log.logKey().thumbprint());
    assertThatThrownBy(() -> LogKey.fromPem("hello")).hasMessageContaining("PUBLIC KEY");
    assertThatThrownBy(() -> LogKey.fromPem(log.logKey().toPem() + log.logKey().toPem()))
        .hasMessageContaining("expected: one PUBLIC KEY block");
    assertThatThrownBy(() -> LogKey.of(TestKeys.rsa().getPublic()))
        .hasMessageContaining("expected: a sound Ed25519 public key");
  }
}
