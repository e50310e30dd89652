package org.rekey.verifier.token;

import java.time.Duration;

/// How much a [TokenVerifier] may remember and wait. All of it is about speed and load, none about
/// trust.
///
/// @param rememberedSignatures how many good signatures to remember; 0 turns the memory off
/// @param rememberedHeaders how many header texts to remember; a ring's keys use one or two each
/// @param unknownKids how many kids that the log did not know to remember
/// @param unknownKidFor for how long, while no event arrives
/// @param maxWaiting how many tokens of unknown kid may wait for the log at once
/// @param maxWait how long each
public record TokenVerifierConfig(
    int rememberedSignatures,
    int rememberedHeaders,
    int unknownKids,
    Duration unknownKidFor,
    int maxWaiting,
    Duration maxWait) {

  public TokenVerifierConfig {
    requireRange("rememberedSignatures", rememberedSignatures, 0);
    requireRange("rememberedHeaders", rememberedHeaders, 1);
    requireRange("unknownKids", unknownKids, 1);
    requireRange("maxWaiting", maxWaiting, 1);
    requirePositive("unknownKidFor", unknownKidFor);
    requirePositive("maxWait", maxWait);
  }

  /// 100 000 signatures (about 15 MB), 256 headers, 10 000 unknown kids for 2 s, 4096 tokens
  /// waiting for up to 2 s.
  public static TokenVerifierConfig defaults() {
    return new TokenVerifierConfig(
        100_000, 256, 10_000, Duration.ofSeconds(2), 4096, Duration.ofSeconds(2));
  }

  public TokenVerifierConfig withRememberedSignatures(int count) {
    return new TokenVerifierConfig(
        count, rememberedHeaders, unknownKids, unknownKidFor, maxWaiting, maxWait);
  }

  private static void requireRange(String name, int value, int min) {
    if (value < min) {
      throw new IllegalArgumentException("%s: %d (expected: >= %d)".formatted(name, value, min));
    }
  }

  private static void requirePositive(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException("%s: %s (expected: > 0)".formatted(name, value));
    }
  }
}
