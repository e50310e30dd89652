package org.rekey.useradm.password;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHasherTest {
  private static final Argon2id CHEAP = new Argon2id(64, 1, 1);

  private int bcryptCost;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final PasswordHasher hasher =
      new PasswordHasher(CHEAP, 1, 1000, () -> bcryptCost, new SecureRandom(), meters);

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

  @ParameterizedTest
  @ValueSource(strings = {"2a", "2b", "2y"})
  void readsBcryptAndWantsItReplaced(String version) {
    String stored =
        OpenBSDBCrypt.generate(version, "correct horse".getBytes(UTF_8), new byte[16], 4);
    assertThat(hasher.check("correct horse", stored)).isEqualTo(Match.RIGHT_BUT_OUTDATED);
    assertThat(hasher.check("wrong horse", stored)).isEqualTo(Match.WRONG);
  }

  /// Computed by libxcrypt.
  @Test
  void agreesWithOtherProgramsAboutBcrypt() {
    assertThat(
            hasher.matches("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"))
        .isTrue();
    assertThat(hasher.matches("", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."))
        .isTrue();
  }

  @Test
  void aPasswordThatBcryptWouldCutMatchesNothing() {
    String seen = "x".repeat(72);
    String stored = OpenBSDBCrypt.generate(seen.getBytes(UTF_8), new byte[16], 4);
    assertThat(hasher.matches(seen, stored)).isTrue();
    assertThat(hasher.matches(seen + "y", stored)).isFalse();
  }

  @Test
  void wantsACheaperHashReplaced() {
    String cheap = hasher.hash("correct horse");
    try (var dear =
        new PasswordHasher(new Argon2id(128, 1, 1), 1, 10, () -> 0, new SecureRandom(), meters)) {
      assertThat(dear.check("correct horse", cheap)).isEqualTo(Match.RIGHT_BUT_OUTDATED);
      assertThat(dear.check("correct horse", dear.hash("correct horse"))).isEqualTo(Match.RIGHT);
    }
  }

  /// Medians over interleaved rounds; the bound is wide, and a bcrypt hash costs a hundred times
  /// the cheap Argon2id of this test, so what is forgotten shows.
  @Test
  void everyFailureCostsTheSameWhileBcryptHashesAreThere() {
    bcryptCost = 10;
    String argon = hasher.hash("correct horse");
    String bcrypt = OpenBSDBCrypt.generate("correct horse".getBytes(UTF_8), new byte[16], 10);
    List<Long> nobody = new ArrayList<>();
    List<Long> somebody = new ArrayList<>();
    List<Long> imported = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      nobody.add(nanos(null));
      somebody.add(nanos(argon));
      imported.add(nanos(bcrypt));
    }
    double slowest = Math.max(median(nobody), Math.max(median(somebody), median(imported)));
    double fastest = Math.min(median(nobody), Math.min(median(somebody), median(imported)));
    assertThat(slowest / fastest).isLessThan(3);
  }

  private long nanos(@Nullable String stored) {
    long start = System.nanoTime();
    assertThat(hasher.matches("wrong horse", stored)).isFalse();
    return System.nanoTime() - start;
  }

  private static double median(List<Long> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"$2a$10$secretsecret", "secret", "", "$argon2i$v=19$secret"})
  void keepsAHashThatItCannotReadOutOfTheMessage(String stored) {
    assertThatThrownBy(() -> hasher.matches("x", stored))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secret");
  }

  @Test
  void isBusyWhenTheQueueIsFull() {
    try (var small =
            new PasswordHasher(
                new Argon2id(19456, 2, 1),
                1,
                2,
                () -> 0,
                new SecureRandom(),
                new SimpleMeterRegistry());
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
