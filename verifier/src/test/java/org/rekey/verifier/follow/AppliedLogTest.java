package org.rekey.verifier.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.proto.keystore.v1.KeyRetired.Cause.CAUSE_COMMAND;
import static org.rekey.proto.keystore.v1.KeyRetired.Cause.CAUSE_FILE_REMOVED;
import static org.rekey.verifier.fixture.LogWriter.DEVICEAUTH;
import static org.rekey.verifier.fixture.LogWriter.USERADM;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.proto.keystore.v1.KeyCompromised;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.fixture.TestKeys;
import org.rekey.verifier.log.LogChain;
import org.rekey.verifier.map.KidMap;

class AppliedLogTest {
  private static final int INTERLEAVINGS = 200;

  private final LogWriter log = new LogWriter();
  private final LogWriter stranger = new LogWriter(TestKeys.ed25519("stranger"));
  private final List<KidMap> history = new ArrayList<>();

  AppliedLogTest() {
    log.added(USERADM, 0, TestKeys.rsa());
    log.added(DEVICEAUTH, 0, TestKeys.rsa("device"));
    log.activated(USERADM, 0);
    log.activated(DEVICEAUTH, 0);
    log.added(USERADM, 5539, TestKeys.ed25519());
    log.activated(USERADM, 5539);
    log.retired(USERADM, 0, CAUSE_FILE_REMOVED);
    log.added(USERADM, 0, TestKeys.rsa());
    log.added(USERADM, 5540, TestKeys.ec("secp256r1"));
    log.retired(USERADM, 5540, CAUSE_COMMAND);
    log.added(USERADM, 5540, TestKeys.ec("secp384r1"));
    log.compromised(USERADM, 0);
    var map = KidMap.empty();
    history.add(map);
    for (var event : log.events()) {
      map = map.apply(LogWriter.parse(event)).map();
      history.add(map);
    }
  }

  /// Whatever the fast road loses, doubles, swaps and invents, and whenever the sure road is asked
  /// in between: at every moment the map is one that the keystore's had been, and in the end it is
  /// the keystore's.
  @ParameterizedTest
  @ValueSource(longs = {1, 20_261_123, 4_815_162_342L})
  void endsInTheKeystoresMapAfterAnyInterleaving(long seed) {
    for (int i = 0; i < INTERLEAVINGS; i++) {
      var random = new Random(seed * INTERLEAVINGS + i);
      var applied = applied();
      for (var event : disturbed(random)) {
        applied.offer(Road.KAFKA, event.toByteArray());
        assertThat(applied.map()).isEqualTo(history.get((int) applied.map().epoch()));
        if (random.nextInt(20) == 0) {
          pull(applied, random.nextInt(3));
          assertThat(applied.map()).isEqualTo(history.get((int) applied.map().epoch()));
        }
      }

      pull(applied, Integer.MAX_VALUE);

      assertThat(applied.map()).as("seed %d, interleaving %d", seed, i).isEqualTo(log.map());
      assertThat(applied.isBehind()).isFalse();
    }
  }

  private AppliedLog applied() {
    var meters = new SimpleMeterRegistry();
    return new AppliedLog(
        List.of(log.logKey()), meters, new Alarms(meters), InstantSource.system());
  }

  private void pull(AppliedLog applied, int atMost) {
    log.events().stream()
        .skip(applied.map().epoch())
        .limit(atMost)
        .forEach(event -> applied.offer(Road.GRPC, event));
  }

  private List<SignedKeyEvent> disturbed(Random random) {
    var sent = new ArrayList<SignedKeyEvent>();
    for (var event : log.events()) {
      switch (random.nextInt(6)) {
        case 0 -> {}
        case 1 -> Collections.addAll(sent, event, event);
        case 2 -> Collections.addAll(sent, forged(event, random), event);
        case 3 -> Collections.addAll(sent, event, forked(event));
        case 4 -> sent.add(random.nextInt(sent.size() + 1), event);
        default -> sent.add(event);
      }
    }
    for (int swaps = random.nextInt(4); swaps > 0 && !sent.isEmpty(); swaps--) {
      Collections.swap(sent, random.nextInt(sent.size()), random.nextInt(sent.size()));
    }
    if (random.nextInt(5) == 0) {
      Collections.shuffle(sent, random);
    }
    return sent;
  }

  private SignedKeyEvent forged(SignedKeyEvent event, Random random) {
    var compromised =
        LogWriter.parse(event).toBuilder()
            .setKeyCompromised(KeyCompromised.getDefaultInstance())
            .build();
    return switch (random.nextInt(3)) {
      case 0 -> event.toBuilder().setEvent(compromised.toByteString()).build();
      case 1 -> stranger.sign(compromised);
      default ->
          stranger.sign(compromised).toBuilder()
              .setLogKeyThumbprint(log.logKey().thumbprint())
              .setSignature(ByteString.copyFrom(new byte[64]))
              .build();
    };
  }

  /// Signed by the log key, but of a history that is not ours. (Two histories that differ from
  /// epoch 1 on cannot be told apart by anybody; whoever came first is kept, and the other raises
  /// the alarm.)
  private SignedKeyEvent forked(SignedKeyEvent event) {
    return log.sign(
        LogWriter.parse(event).toBuilder()
            .setPreviousHash(LogChain.hash(event.getEvent()))
            .build());
  }
}
