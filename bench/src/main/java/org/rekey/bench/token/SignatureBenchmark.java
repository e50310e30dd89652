package org.rekey.bench.token;

import java.security.PublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.rekey.verifier.key.Alg;

/// The signature alone, with the strict checks that every one of ours gets.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init")
public class SignatureBenchmark {
  @Param public KeyKind key;

  @Param("Amazon Corretto")
  public String provider;

  private Alg alg;
  private PublicKey publicKey;
  private byte[] input;
  private byte[] signature;

  @Setup
  public void makeToken() {
    Material.requireProvider(provider);
    Material material = Material.of(key, 1, Instant.now());
    byte[] token = material.tokens().getFirst();
    int end = token.length - 1;
    while (token[end] != '.') {
      end--;
    }
    alg = material.alg();
    publicKey = material.publicKey();
    input = Arrays.copyOf(token, end);
    signature = Base64.getUrlDecoder().decode(Arrays.copyOfRange(token, end + 1, token.length));
    if (!rekey()) {
      throw new IllegalStateException("signature: refused (expected: a good one)");
    }
  }

  @Benchmark
  public boolean rekey() {
    return alg.verify(publicKey, input, signature);
  }
}
