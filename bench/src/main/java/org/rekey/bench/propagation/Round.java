package org.rekey.bench.propagation;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.rekey.bench.load.MintedToken;
import org.rekey.bench.load.PrivateKeyFile;
import org.rekey.bench.load.RekeyUp;
import org.rekey.proto.keystore.v1.CompromiseKeyRequest;
import org.rekey.proto.keystore.v1.CompromiseKeyResponse;
import org.rekey.proto.keystore.v1.KeyAdminGrpc;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.token.Check;
import org.rekey.verifier.token.TokenVerifier;

/// One key from its file to its end. One thread asks every verifier about a token of the key, over
/// and over, as a service would.
final class Round {
  private static final String RING = "useradm";
  private static final long LOOK_EVERY_NANOS = 100_000;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final List<TokenVerifier> verifiers;
  private final KeyAdminGrpc.KeyAdminBlockingStub keystore;
  private final Path directory;

  Round(List<TokenVerifier> verifiers, KeyAdminGrpc.KeyAdminBlockingStub keystore, RekeyUp up) {
    this.verifiers = verifiers;
    this.keystore = keystore;
    this.directory = up.keys(RING);
  }

  /// @param ready from the file's being in place to the last verifier's first good verdict
  /// @param lastAcceptance from the command to the last good verdict anywhere
  /// @param lastAck from the command to the last verifier's ack, as the command says
  record Times(Duration ready, Duration lastAcceptance, Duration lastAck) {}

  Times run(long kid) throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] token =
        MintedToken.ofUser(Alg.EDDSA, pair.getPrivate(), kid, "u1", Instant.now())
            .jws()
            .toByteArray();
    Path file = directory.resolve("private.id.%d.pem".formatted(kid));
    long placed = System.nanoTime();
    PrivateKeyFile.place(file, pair.getPrivate());
    long ready = last(token, placed, Check.Verified.class, true) - placed;

    long ordered = System.nanoTime();
    CompletableFuture<CompromiseKeyResponse> command =
        CompletableFuture.supplyAsync(() -> compromise(kid));
    long accepted = Math.max(ordered, last(token, ordered, Check.Refused.class, false));
    CompromiseKeyResponse response = command.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    if (!response.hasUntilLast()) {
      throw new IllegalStateException("a verifier has not acked the end of kid " + kid);
    }
    Files.delete(file);
    return new Times(
        Duration.ofNanos(ready),
        Duration.ofNanos(accepted - ordered),
        Duration.ofSeconds(
            response.getUntilLast().getSeconds(), response.getUntilLast().getNanos()));
  }

  private CompromiseKeyResponse compromise(long kid) {
    return keystore
        .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS)
        .compromiseKey(
            CompromiseKeyRequest.newBuilder().setRing(RING).setKid(kid).setReason("bench").build());
  }

  /// When the last verifier gave its first answer of that kind, or its last one of another.
  private long last(byte[] token, long since, Class<?> kind, boolean isFirst) {
    long[] at = new long[verifiers.size()];
    boolean[] done = new boolean[at.length];
    Arrays.fill(at, since);
    int open = at.length;
    while (open > 0) {
      for (int i = 0; i < at.length; i++) {
        if (done[i]) {
          continue;
        }
        Check check = verifiers.get(i).check(RING, token, Instant.now());
        if (kind.isInstance(check)) {
          done[i] = true;
          open--;
        }
        if (done[i] == isFirst) {
          at[i] = System.nanoTime();
        }
      }
      if (System.nanoTime() - since > LIMIT.toNanos()) {
        throw new IllegalStateException(open + " verifiers have not changed their mind");
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
    return Arrays.stream(at).max().orElseThrow();
  }
}
