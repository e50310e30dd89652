package org.rekey.gateway.upload;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The parts of a multipart/form-data body (RFC 7578), one after the other, at constant memory.
/// Only the plain form that clients write: what two programs could take for different parts is
/// refused.
final class FormParts {
  private static final Pattern TYPE =
      Pattern.compile(
          "multipart/form-data; *boundary=(?:\"([^\"\\\\]{1,70})\"|([A-Za-z0-9'+_./:?=-]{1,70}))",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern DISPOSITION =
      Pattern.compile(
          "content-disposition: *form-data; *name=\"([^\"\\\\]*)\"(?:; *filename=\"([^\"\\\\]*)\")?",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern OTHER =
      Pattern.compile("content-type: *[ -~]*", Pattern.CASE_INSENSITIVE);
  private static final int HEADERS = 8 << 10;
  private static final int PARTS = 64;

  private final InputStream in;
  private final byte[] delimiter;
  private final byte[] buffer = new byte[64 << 10];
  private int from;
  private int to;
  private int parts;
  private boolean isAtDelimiter;
  private String name = "";

  /// @param contentType of the request
  FormParts(InputStream in, String contentType) throws UploadRefused {
    Matcher type = TYPE.matcher(contentType);
    if (!type.matches()) {
      throw new UploadRefused("Content-Type: not a plain multipart/form-data with a boundary");
    }
    String boundary = type.group(1) == null ? type.group(2) : type.group(1);
    this.in = in;
    this.delimiter = ("\r\n--" + boundary).getBytes(ISO_8859_1);
    // The first delimiter has no line before it.
    buffer[0] = '\r';
    buffer[1] = '\n';
    to = 2;
  }

  /// Goes to the next part, past what is left of this one; false at the end of the body, which has
  /// been read then.
  boolean next() throws IOException {
    if (parts == 0) {
      require(delimiter.length);
      if (!startsWithDelimiter()) {
        throw new UploadRefused("the body does not begin with its boundary");
      }
      isAtDelimiter = true;
    }
    skipContent();
    from += delimiter.length;
    isAtDelimiter = false;
    require(2);
    if (buffer[from] == '-' && buffer[from + 1] == '-') {
      from += 2;
      end();
      return false;
    }
    if (++parts > PARTS) {
      throw new UploadRefused("the body has more than %d parts".formatted(PARTS));
    }
    name = nameIn(headers());
    // Some take a boundary for one that has no line end before it here, others for content.
    require(delimiter.length - 2);
    if (Arrays.equals(buffer, from, from + delimiter.length - 2, delimiter, 2, delimiter.length)) {
      throw new UploadRefused("a part has no content, not even an empty one");
    }
    return true;
  }

  /// Of the part.
  String name() {
    return name;
  }

  /// Of the part; ends where the part does.
  InputStream content() {
    return new Content();
  }

  private void skipContent() throws IOException {
    if (!isAtDelimiter) {
      var content = content();
      var scratch = new byte[16 << 10];
      while (content.read(scratch, 0, scratch.length) >= 0) {
        // Nobody wants it.
      }
    }
  }

  /// After the last delimiter: at most a line end.
  private void end() throws IOException {
    fill();
    boolean isPlain =
        to - from == 0 || (to - from == 2 && buffer[from] == '\r' && buffer[from + 1] == '\n');
    if (!isPlain || in.read() >= 0) {
      throw new UploadRefused("something comes after the last part of the body");
    }
  }

  /// What follows the delimiter, up to the empty line.
  private List<String> headers() throws IOException {
    List<String> lines = new ArrayList<>();
    int read = 0;
    while (true) {
      var line = line();
      read += line.length() + 2;
      if (read > HEADERS) {
        throw new UploadRefused("a part has headers of more than %d bytes".formatted(HEADERS));
      }
      // The first line is the rest of the delimiter's own.
      if (lines.isEmpty()) {
        if (!line.isEmpty()) {
          throw new UploadRefused("something follows a boundary on its line");
        }
      } else if (line.isEmpty()) {
        return lines.subList(1, lines.size());
      }
      lines.add(line);
    }
  }

  private String line() throws IOException {
    int end;
    while ((end = lineEnd()) < 0) {
      if (to - from > HEADERS || !fill()) {
        throw new UploadRefused("a part's headers do not end");
      }
    }
    var line = new String(buffer, from, end - from, ISO_8859_1);
    from = end + 2;
    return line;
  }

  private int lineEnd() {
    for (int i = from; i + 1 < to; i++) {
      if (buffer[i] == '\r' && buffer[i + 1] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private static String nameIn(List<String> headers) throws UploadRefused {
    String found = null;
    for (String header : headers) {
      Matcher disposition = DISPOSITION.matcher(header);
      if (disposition.matches() && found == null) {
        found = disposition.group(1);
      } else if (!OTHER.matcher(header).matches()) {
        throw new UploadRefused(
            "a part has a header that is not plain (expected: Content-Disposition with a name, Content-Type)");
      }
    }
    if (found == null) {
      throw new UploadRefused("a part has no name (expected: Content-Disposition)");
    }
    return found;
  }

  private void require(int bytes) throws IOException {
    while (to - from < bytes) {
      if (!fill()) {
        throw new UploadRefused("the body ends too early");
      }
    }
  }

  /// More into the buffer; false at the end.
  private boolean fill() throws IOException {
    if (from > 0) {
      System.arraycopy(buffer, from, buffer, 0, to - from);
      to -= from;
      from = 0;
    }
    int n = in.read(buffer, to, buffer.length - to);
    to += Math.max(0, n);
    return n > 0;
  }

  private boolean startsWithDelimiter() {
    return Arrays.equals(buffer, from, from + delimiter.length, delimiter, 0, delimiter.length);
  }

  private final class Content extends InputStream {
    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (!isAtDelimiter) {
        int free = free();
        if (free > 0) {
          int n = Math.min(length, free);
          System.arraycopy(buffer, from, bytes, offset, n);
          from += n;
          return n;
        }
        if (to - from >= delimiter.length && startsWithDelimiter()) {
          isAtDelimiter = true;
        } else {
          require(to - from + 1);
        }
      }
      return -1;
    }

    /// How many bytes at the front surely belong to the content.
    private int free() {
      for (int i = from; i < to; i++) {
        if (buffer[i] == '\r' && couldBeDelimiter(i)) {
          return i - from;
        }
      }
      return to - from;
    }

    private boolean couldBeDelimiter(int at) {
      int length = Math.min(delimiter.length, to - at);
      return Arrays.equals(buffer, at, at + length, delimiter, 0, length);
    }
  }
}
