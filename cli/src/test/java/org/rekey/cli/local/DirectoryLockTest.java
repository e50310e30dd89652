package org.rekey.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.cli.CommandFailed;

class DirectoryLockTest {
  @TempDir Path directory;

  @Test
  void letsOneInstanceIn() {
    DataDirectory data = DataDirectory.create(directory.resolve("data"));
    try (var first = DirectoryLock.take(data, 4711)) {
      assertThat(first).isNotNull();
      assertThatThrownBy(() -> DirectoryLock.take(data, 1))
          .isInstanceOf(CommandFailed.class)
          .hasMessageContaining(data + ": used by a running `rekey up` (process 4711)");
    }
    DirectoryLock.take(data, 2).close();
  }
}
