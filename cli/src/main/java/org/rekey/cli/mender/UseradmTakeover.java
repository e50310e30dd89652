package org.rekey.cli.mender;

import java.io.InputStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.client.Operator;

/// One import of a dump of Mender's useradm, as the command line has it.
///
/// @param file `-` for standard input
/// @param tenantId whose users and tokens; empty for those of nobody, as in Mender's open-source
///     edition
/// @param isFromStart a checkpoint is ignored
public record UseradmTakeover(
    String file, String tenantId, boolean isFromStart, InputStream in, ImportWatcher watcher) {

  /// @param resumedAt the line after which it went on; 0 when it began at the first
  /// @param notes what keeps tokens that were taken over from being good, a line each
  public record Report(Tally tally, long resumedAt, List<String> notes) {
    public Report {
      notes = List.copyOf(notes);
    }
  }

  public Report into(Operator operator) {
    try (DumpFile dump = dump()) {
      Checkpoint found = null;
      var run =
          new DumpImport(
              dump,
              new DumpParser(tenantId),
              new RunningInstance(operator),
              watcher,
              operator.run().ca(),
              !dump.isCopy());
      if (!isFromStart) {
        found = run.resume().orElse(null);
      }
      announce(found);
      Tally tally = run.run();
      return new Report(
          tally, line(found), RingCheck.of(operator).notes(run.issuers(), run.kids()));
    }
  }

  /// Reads and counts; nothing is asked and nothing is written.
  public Report rehearse(InstantSource clock) {
    try (DumpFile dump = dump()) {
      var run =
          new DumpImport(
              dump, new DumpParser(tenantId), new DryRun(clock), watcher, "nowhere", false);
      return new Report(run.run(), 0, List.of());
    }
  }

  private DumpFile dump() {
    return file.equals("-") ? DumpFile.copyOf(in) : DumpFile.of(Path.of(file));
  }

  private void announce(@Nullable Checkpoint found) {
    if (found != null) {
      watcher.notice(
          "going on after line %d of the %s (--from-start begins anew)"
              .formatted(found.line(), found.isAtTokens() ? "tokens" : "users"));
    }
  }

  private static long line(@Nullable Checkpoint found) {
    return found == null ? 0 : found.line();
  }
}
