package org.rekey.verifier.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.verifier.fixture.LogWriter.DEVICEAUTH;
import static org.rekey.verifier.fixture.LogWriter.USERADM;

import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.rekey.proto.auth.v1.ListVerificationKeysRequest;
import org.rekey.proto.auth.v1.ListVerificationKeysResponse;
import org.rekey.proto.auth.v1.VerificationKey;
import org.rekey.proto.keystore.v1.KeyRetired;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.fixture.TestKeys;
import org.rekey.verifier.follow.KeyLogFollower;

class VerificationKeysEndpointTest {
  private final LogWriter log = new LogWriter();
  private KeyLogFollower.Status status = status(true, Duration.ZERO);
  private final VerificationKeysEndpoint endpoint =
      new VerificationKeysEndpoint(USERADM, log::map, () -> status);

  private static KeyLogFollower.Status status(boolean ready, Duration staleness) {
    return new KeyLogFollower.Status(ready, 1, true, staleness);
  }

  private ListVerificationKeysResponse list() {
    return endpoint
        .listKeys(ListVerificationKeysRequest.getDefaultInstance())
        .toCompletableFuture()
        .join();
  }

  private Status refusal() {
    try {
      list();
      throw new AssertionError("answered");
    } catch (CompletionException e) {
      return Status.fromThrowable(e);
    }
  }

  @Test
  void tellsEveryKeyOfItsRingThatVerifiesAndNoOther() {
    log.added(USERADM, 0, TestKeys.ed25519("a"));
    log.activated(USERADM, 0);
    log.added(USERADM, 1, TestKeys.ed25519("b"));
    log.activated(USERADM, 1);
    log.added(USERADM, 2, TestKeys.ed25519("c"));
    log.added(USERADM, 3, TestKeys.ed25519("d"));
    log.added(USERADM, 4, TestKeys.ed25519("e"));
    log.added(DEVICEAUTH, 5, TestKeys.ed25519("f"));
    log.retired(USERADM, 3, KeyRetired.Cause.CAUSE_COMMAND);
    log.compromised(USERADM, 4);

    ListVerificationKeysResponse answer = list();

    assertThat(answer.getKeysList())
        .extracting(VerificationKey::getKid)
        .containsExactly("0", "1", "2");
    assertThat(answer.getIssuer()).isEqualTo(LogWriter.USER_ISSUER);
    assertThat(answer.getEpoch()).isEqualTo(10);
    VerificationKey key = answer.getKeys(0);
    assertThat(key.getAlg()).isEqualTo("EdDSA");
    assertThat(key.getJwkMap()).containsKeys("kty", "crv", "x").hasSize(3);
    assertThat(key.getThumbprint()).hasSize(43);
  }

  @Test
  void aRingWithoutKeysIsEmpty() {
    assertThat(list().getKeysList()).isEmpty();
    assertThat(list().getIssuer()).isEmpty();
  }

  @Test
  void tellsNothingBeforeTheLogHasBeenRead() {
    status = status(false, Duration.ZERO);

    assertThat(refusal().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void tellsNothingWhenTheLogWasLastHeardTooLongAgo() {
    status = status(true, VerificationKeysEndpoint.TELLS_FOR);
    assertThat(list().getKeysList()).isEmpty();

    status = status(true, VerificationKeysEndpoint.TELLS_FOR.plusSeconds(1));
    assertThat(refusal().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(refusal().getDescription())
        .isEqualTo("the key log was last heard 61 s ago (expected: at most 60 s)");
  }
}
