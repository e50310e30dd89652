package org.rekey.verifier.serve;

import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.rekey.proto.auth.v1.ListVerificationKeysRequest;
import org.rekey.proto.auth.v1.ListVerificationKeysResponse;
import org.rekey.proto.auth.v1.VerificationKey;
import org.rekey.verifier.follow.KeyLogFollower;
import org.rekey.verifier.key.PublicJwk;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;

/// `rekey.auth.v1.VerificationKeys`: the keys of one ring that verify. Never blocks.
///
/// A verifier that has heard nothing for long goes on judging by what it knows, but does not tell
/// others: they keep the answer, and it may lack a key that has begun to sign since.
public final class VerificationKeysEndpoint {
  static final Duration TELLS_FOR = Duration.ofSeconds(60);

  private final String ring;
  private final Supplier<KidMap> map;
  private final Supplier<KeyLogFollower.Status> status;

  VerificationKeysEndpoint(
      String ring, Supplier<KidMap> map, Supplier<KeyLogFollower.Status> status) {
    this.ring = ring;
    this.map = map;
    this.status = status;
  }

  public CompletionStage<ListVerificationKeysResponse> listKeys(
      ListVerificationKeysRequest request) {
    KeyLogFollower.Status now = status.get();
    if (!now.ready()) {
      return unavailable("the key log could not be read yet");
    }
    if (now.staleness().compareTo(TELLS_FOR) > 0) {
      return unavailable(
          "the key log was last heard %d s ago (expected: at most %d s)"
              .formatted(now.staleness().toSeconds(), TELLS_FOR.toSeconds()));
    }
    KidMap keys = map.get();
    List<KnownKey> good = keys.keys(ring).stream().filter(KnownKey::verifies).toList();
    ListVerificationKeysResponse.Builder response =
        ListVerificationKeysResponse.newBuilder().setEpoch(keys.epoch());
    good.stream().findFirst().ifPresent(key -> response.setIssuer(key.issuer()));
    good.forEach(key -> response.addKeys(toProto(key)));
    return CompletableFuture.completedFuture(response.build());
  }

  private static VerificationKey toProto(KnownKey key) {
    return VerificationKey.newBuilder()
        .setKid(Long.toString(key.kid()))
        .setAlg(key.alg().jwsName())
        .setThumbprint(key.thumbprint())
        .putAllJwk(PublicJwk.of(key.publicKey()))
        .build();
  }

  private static CompletionStage<ListVerificationKeysResponse> unavailable(String why) {
    return CompletableFuture.failedFuture(
        Status.UNAVAILABLE.withDescription(why).asRuntimeException());
  }
}
