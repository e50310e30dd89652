package org.rekey.agent;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// One agent for each directory: two that change the same key would each undo what the other does.
record DirectoryInUse(FileChannel channel, FileLock lock) implements AutoCloseable {
  private static final String NAME = "rekey-agent.lock";

  /// @throws AgentFailure when another agent is there, or the directory cannot be written
  static DirectoryInUse take(Path directory) {
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(
              directory.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return new DirectoryInUse(channel, lock);
        }
      } catch (OverlappingFileLockException e) {
        // Another one in this process.
      }
      channel.close();
    } catch (IOException e) {
      throw new AgentFailure(
          directory + ": cannot be written (expected: a directory of this user's; see --data)", e);
    }
    throw new AgentFailure(
        directory + ": another agent works there (expected: one for each device)");
  }

  @Override
  public void close() {
    try {
      lock.release();
      channel.close();
    } catch (IOException e) {
      // The process ends with it.
    }
  }
}
