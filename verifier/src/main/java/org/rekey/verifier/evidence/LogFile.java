package org.rekey.verifier.evidence;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/// Reads an exported log line by line, holding one line at a time.
public final class LogFile {
  private static final int BUFFER = 1 << 16;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER];
  private int from;
  private int to;

  private LogFile(InputStream in) {
    this.in = in;
  }

  /// Hands every line to the audit until one is bad.
  ///
  /// @throws IOException when the file cannot be read to its end; nothing is proven then
  public static AuditReport check(InputStream in, Audit audit, Progress progress)
      throws IOException {
    var file = new LogFile(in);
    var bytes = 0L;
    var lines = 0L;
    var line = new ByteArrayOutputStream();
    while (file.next(line)) {
      bytes += line.size();
      progress.read(bytes, ++lines);
      if (!audit.next(read(line))) {
        break;
      }
      line.reset();
    }
    return audit.end();
  }

  /// A line as far as it may be long, its end included; false at the end of the file.
  private boolean next(ByteArrayOutputStream line) throws IOException {
    while (from < to || fill()) {
      var end = from;
      while (end < to && buffer[end] != '\n') {
        end++;
      }
      var isWhole = end < to;
      line.write(buffer, from, (isWhole ? end + 1 : end) - from);
      from = isWhole ? end + 1 : end;
      if (isWhole || line.size() > EventLine.MAX_BYTES) {
        return true;
      }
    }
    return line.size() > 0;
  }

  private boolean fill() throws IOException {
    from = 0;
    to = Math.max(0, in.read(buffer));
    return to > 0;
  }

  private static EventLine.Read read(ByteArrayOutputStream bytes) {
    if (bytes.size() > EventLine.MAX_BYTES) {
      return new EventLine.Unreadable("over " + EventLine.MAX_BYTES + " bytes");
    }
    var text = bytes.toString(ISO_8859_1);
    // A line end of Windows is what copying makes; the last line may have none.
    var line =
        text.endsWith("\r\n")
            ? text.substring(0, text.length() - 2)
            : text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    return line.chars().allMatch(c -> c >= ' ' && c <= '~')
        ? EventLine.read(line)
        : new EventLine.Unreadable("a character that is not printable ASCII");
  }

  /// Told after every line.
  @FunctionalInterface
  public interface Progress {
    void read(long bytes, long lines);
  }
}
