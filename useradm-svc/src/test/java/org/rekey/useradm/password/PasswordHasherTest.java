package org.rekey.useradm.password;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PasswordHasherTest {
  private static final Argon2id CHEAP = new Argon2id(64, 1, 1);

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final PasswordHasher hasher =
      new PasswordHasher(CHEAP, 1, 1000, new SecureRandom(), meters);

  @AfterEach
  void close() {
    hasher.close();
  }

  @Test
  void knowsAPasswordAgain() {
    String phc = hasher.hash("correct horse");
    assertThat(phc).startsWith("$argon2id$v=19$m=64,t=1,p=1$").doesNotContain("correct");
    assertThat(hasher.matches("correct horse", phc)).isTrue();
    assertThat(hasher.matches("Correct horse", phc)).isFalse();
    assertThat(hasher.matches("", phc)).isFalse();
  }

  @Test
  void saltsEveryHash() {
    assertThat(hasher.hash("correct horse")).isNotEqualTo(hasher.hash("correct horse"));
  }

  @Test
  void seesAllOf256Bytes() {
    String phc = hasher.hash("x".repeat(256));
    assertThat(hasher.matches("x".repeat(256), phc)).isTrue();
    assertThat(hasher.matches("x".repeat(255) + "y", phc)).isFalse();
  }

  @Test
  void worksAsMuchForNobodyAsForSomebody() {
    String phc = hasher.hash("correct horse");
    double before = hashes();
    assertThat(hasher.matches("wrong horse", phc)).isFalse();
    assertThat(hashes()).isEqualTo(before + 1);
    assertThat(hasher.matches("wrong horse", null)).isFalse();
    assertThat(hashes()).isEqualTo(before + 2);
  }

  /// Computed by the reference implementation:
  /// `echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32 -e`.
  @Test
  void readsHashesOfOtherParametersAndOtherPrograms() {
    assertThat(
            hasher.matches(
                "password",
                "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"
                    + "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"))
        .isTrue();
  }

  @Test
  void keepsAHashThatItCannotReadOutOfTheMessage() {
    assertThatThrownBy(() -> hasher.matches("x", "$2a$10$secretsecret"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secret");
  }

  @Test
  void isBusyWhenTheQueueIsFull() {
    try (var small =
            new PasswordHasher(
                new Argon2id(19456, 2, 1), 1, 2, new SecureRandom(), new SimpleMeterRegistry());
        var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<String>> calls =
          IntStream.range(0, 30)
              .mapToObj(_ -> CompletableFuture.supplyAsync(() -> small.hash("password"), callers))
              .toList();
      long busy = calls.stream().filter(PasswordHasherTest::endsBusy).count();
      assertThat(busy).isBetween(1L, 29L);
    }
  }

  private static boolean endsBusy(CompletableFuture<String> call) {
    try {
      call.join();
      return false;
    } catch (CompletionException e) {
      assertThat(e).hasCauseInstanceOf(PasswordHasher.Busy.class);
      return true;
    }
  }

  private double hashes() {
    return meters.get("rekey.password.hash").timer().count();
  }
}
