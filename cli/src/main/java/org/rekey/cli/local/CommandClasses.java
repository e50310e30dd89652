package org.rekey.cli.local;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.Rekey;

/// The classes of the operator's commands, kept for the next of them: `./rekey` maps the
/// [ClassArchive] of this name when there is one. An instance that finds none is asked for its keys
/// once, which takes the way of all commands, and nobody sees the answer.
public final class CommandClasses implements AutoCloseable {
  private static final String NAME = "command";
  private static final int HEAP_MEGABYTES = 256;

  private @Nullable Program program;
  private @Nullable Process command;
  private boolean isClosed;

  /// Returns at once. Where it cannot be done, commands go without.
  public synchronized void keep(DataDirectory data) {
    Program asking = asking(data);
    if (isClosed || !asking.keepsClasses()) {
      return;
    }
    try {
      Process asks = asking.start();
      program = asking;
      command = asks;
      var _ = asks.onExit().thenAccept(ended -> asking.ended(ended.exitValue() == 0));
    } catch (IOException e) {
      asking.ended(false);
    }
  }

  private static Program asking(DataDirectory data) {
    JavaProgram java = JavaProgram.ofThisProcess();
    List<String> line =
        new ArrayList<>(
            java.command(HEAP_MEGABYTES, Rekey.class.getName(), "-XX:TieredStopAtLevel=1"));
    line.addAll(List.of("keys", "list", "--all", "--data", data.root().toString()));
    return java.program(NAME, line, Map.of(), data.logs().resolve(NAME + ".log"));
  }

  /// A command that is still at it is ended, and there will be none.
  @Override
  public synchronized void close() {
    isClosed = true;
    if (program != null && command != null && command.isAlive()) {
      command.destroyForcibly().onExit().join();
      program.ended(false);
    }
  }
}
