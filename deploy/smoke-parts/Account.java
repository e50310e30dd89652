import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalTime;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/// What the clients got, in files that `deploy/smoke` reads.
final class Account {
  private final Path directory;

  Account(Path directory) {
    this.directory = directory;
  }

  /// What did not go as it should, at once: an account that is never settled shows it too.
  synchronized void note(String what) {
    write("notes", LocalTime.now() + "  " + what + "\n");
  }

  void settle(List<Lane> lanes) {
    StringBuilder table = new StringBuilder(String.format("%-28s %8s %8s %9s %9s%n", "clients", "asked", "failed", "repeated", "slowest"));
    for (Lane lane : lanes) {
      table.append(String.format(Locale.ROOT, "%-28s %8d %8d %9d %7.2f s%n", lane.name, lane.sent, lane.failed, lane.repeated, lane.slowestNanos / 1e9));
    }
    write("table", table.toString());
    write("account", "%d %d %d %d%n".formatted(
        sum(lanes, lane -> true, lane -> lane.sent),
        sum(lanes, lane -> !lane.isForBadTokens(), lane -> lane.failed),
        sum(lanes, Lane::isForBadTokens, lane -> lane.failed),
        sum(lanes, lane -> true, lane -> lane.repeated)));
  }

  private static long sum(List<Lane> lanes, Predicate<Lane> which, ToLongFunction<Lane> what) {
    return lanes.stream().filter(which).mapToLong(what).sum();
  }

  private void write(String file, String text) {
    try {
      Files.writeString(directory.resolve(file), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
