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

  private final Program program;
  private final Process command;

  private CommandClasses(Program program, Process command) {
    this.program = program;
    this.command = command;
  }

  /// Returns at once. Null when there is nothing to be done, or when it cannot be: commands go
  /// without then.
  public static @Nullable CommandClasses keep(DataDirectory data) {
    JavaProgram java = JavaProgram.ofThisProcess();
    List<String> line =
        new ArrayList<>(
            java.command(HEAP_MEGABYTES, Rekey.class.getName(), "-XX:TieredStopAtLevel=1"));
    line.addAll(List.of("keys", "list", "--all", "--data", data.root().toString()));
    Program program = java.program(NAME, line, Map.of(), data.logs().resolve(NAME + ".log"));
    if (!program.keepsClasses()) {
      return null;
    }
    try {
      var classes = new CommandClasses(program, program.start());
      var _ = classes.command.onExit().thenAccept(ended -> program.ended(ended.exitValue() == 0));
      return classes;
    } catch (IOException e) {
      return null;
    }
  }

  /// One that is still at it is ended.
  @Override
  public void close() {
    if (command.isAlive()) {
      command.destroyForcibly().onExit().join();
      program.ended(false);
    }
  }
}
