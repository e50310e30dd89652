package org.rekey.useradm.password;

import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/// What one hash costs (RFC 9106): the only place where it is said.
public record Argon2id(int memoryKib, int iterations, int parallelism) {
  static final int SALT_BYTES = 16;
  static final int HASH_BYTES = 32;
  private static final int MAX_MEMORY_KIB = 4 * 1024 * 1024;

  public Argon2id {
    if (parallelism < 1 || parallelism > 64) {
      throw new IllegalArgumentException("PARALLELISM: " + parallelism + " (expected: 1 to 64)");
    }
    if (iterations < 1 || iterations > 1000) {
      throw new IllegalArgumentException("ITERATIONS: " + iterations + " (expected: 1 to 1000)");
    }
    if (memoryKib < 8 * parallelism || memoryKib > MAX_MEMORY_KIB) {
      throw new IllegalArgumentException(
          "MEMORY_KIB: %d (expected: %d to %d)"
              .formatted(memoryKib, 8 * parallelism, MAX_MEMORY_KIB));
    }
  }

  byte[] hash(byte[] password, byte[] salt, int length, HashMemory memory) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(memoryKib)
            .withIterations(iterations)
            .withParallelism(parallelism)
            .withSalt(salt)
            .withBlockPool(memory.blocks())
            .build());
    byte[] hash = new byte[length];
    generator.generateBytes(password, hash);
    return hash;
  }
}
