package org.rekey.bench.token;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.rekey.verifier.follow.KeySource;
import org.rekey.verifier.follow.PullOutcome;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.token.Check;
import org.rekey.verifier.token.TokenVerifier;
import org.rekey.verifier.token.TokenVerifierConfig;

/// The whole token: parsed, its key found, its signature and its claims checked. Tokens take turns,
/// so that remembering signatures is not remembering one.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init")
public class TokenBenchmark {
  private static final int TOKENS = 1024;

  @Param public KeyKind key;

  @Param("Amazon Corretto")
  public String provider;

  private final Instant now = Instant.now();
  private List<byte[]> tokens;
  private TokenVerifier forgetful;
  private TokenVerifier remembering;
  private int next;

  @Setup
  public void makeTokens() {
    Material.requireProvider(provider);
    Material material = Material.of(key, TOKENS, now);
    Keys keys = new Keys(material.map());
    tokens = material.tokens();
    TokenVerifierConfig config = TokenVerifierConfig.defaults();
    forgetful = new TokenVerifier(keys, config.withRememberedSignatures(0));
    remembering = new TokenVerifier(keys, config);
    for (int i = 0; i < TOKENS; i++) {
      requireGood(rekey());
    }
    for (int i = 0; i < TOKENS; i++) {
      requireGood(rekeyRemembered());
    }
  }

  @Benchmark
  public Check rekey() {
    return forgetful.check(Material.RING, nextToken(), now);
  }

  @Benchmark
  public Check rekeyRemembered() {
    return remembering.check(Material.RING, nextToken(), now);
  }

  private byte[] nextToken() {
    next = (next + 1) % TOKENS;
    return tokens.get(next);
  }

  private static void requireGood(Check check) {
    if (!(check instanceof Check.Verified)) {
      throw new IllegalStateException("token: " + check + " (expected: a good one)");
    }
  }

  /// The map as it is; the log has nothing newer.
  private record Keys(KidMap map) implements KeySource {
    @Override
    public CompletionStage<PullOutcome> pull() {
      return CompletableFuture.completedFuture(new PullOutcome.CaughtUp(map.epoch()));
    }

    @Override
    public boolean isWaitedFor() {
      return true;
    }
  }
}
