package org.rekey.useradm.password;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HashMemoryTest {
  private static final byte[] SALT = "sixteen bytes!!!".getBytes(UTF_8);
  private static final Argon2id COST = new Argon2id(64, 2, 1);

  /// Including hashes that are dearer than what is kept, and such as have other lanes.
  @Test
  void givesTheSameHashInMemoryThatOthersHaveUsed() {
    HashMemory used = new HashMemory(COST, 1);
    for (int i = 0; i < 5; i++) {
      hash("password " + i, COST, used);
      hash("password " + i, new Argon2id(256, 1, 2), used);
    }

    assertThat(hash("correct horse", COST, used))
        .isEqualTo(hash("correct horse", COST, new HashMemory(COST, 1)));
  }

  private static String hash(String password, Argon2id cost, HashMemory memory) {
    return PasswordHash.of(password.getBytes(UTF_8), SALT, cost, memory).phc();
  }
}
