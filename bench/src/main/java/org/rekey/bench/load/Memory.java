package org.rekey.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// What a Java process holds.
///
/// @param heapBytes what is left after full collections
/// @param residentBytes of the whole process
public record Memory(long heapBytes, long residentBytes) {
  private static final Pattern GENERATION = Pattern.compile("total [^\n]*used (\\d+)K");
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

  /// Twice, since what was just given up may be gone only with the second collection.
  public static Memory of(long pid) {
    Jcmd.run(pid, "GC.run");
    Jcmd.run(pid, "GC.run");
    return new Memory(kilobytes(GENERATION, Jcmd.run(pid, "GC.heap_info")), resident(pid));
  }

  /// Of the whole process, in bytes.
  public static long resident(long pid) {
    try {
      return kilobytes(
          RESIDENT, Files.readString(Path.of("/proc").resolve(pid + "").resolve("status")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long kilobytes(Pattern pattern, String text) {
    return 1024
        * pattern
            .matcher(text)
            .results()
            .map((MatchResult match) -> match.group(1))
            .mapToLong(Long::parseLong)
            .reduce(Long::sum)
            .orElseThrow(() -> new IllegalStateException(text + " (expected: " + pattern + ")"));
  }
}
