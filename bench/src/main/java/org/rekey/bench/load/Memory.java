package org.rekey.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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
    jcmd(pid, "GC.run");
    jcmd(pid, "GC.run");
    return new Memory(kilobytes(GENERATION, jcmd(pid, "GC.heap_info")), resident(pid));
  }

  private static long resident(long pid) {
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

  private static String jcmd(long pid, String command) {
    String program = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    try {
      Process process =
          new ProcessBuilder(program, Long.toString(pid), command)
              .redirectErrorStream(true)
              .start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(command + ": " + text);
      }
      return text;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while looking at memory", e);
    }
  }
}
