package org.rekey.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarUtils;

/// Walks through a tar archive once, reading not a byte further than where it is: who copies what
/// is read knows its place to the byte. commons-compress knows the fields; its own reader is not
/// used here, since it holds long names in memory, whatever their length, and takes what two
/// programs read differently (sparse files, links, global headers). Here that is refused.
final class TarWalk {
  static final int RECORD = 512;

  private static final int NAME = 100;
  private static final int SIZE_AT = 124;
  private static final int SIZE = 12;
  private static final int MODIFIED_AT = 136;
  private static final int TYPE_AT = 156;
  private static final int MAGIC_AT = 257;
  private static final int PREFIX_AT = 345;
  private static final int PREFIX = 155;
  private static final byte[] POSIX = {'u', 's', 't', 'a', 'r', 0, '0', '0'};
  private static final byte[] GNU = {'u', 's', 't', 'a', 'r', ' ', ' ', 0};
  private static final int MAX_EXTENDED = 1 << 16;
  private static final int MAX_FILL = 1 << 20;

  private final InputStream in;
  private final String where;
  private final byte[] scratch = new byte[1 << 16];
  private long left;
  private int padding;

  TarWalk(InputStream in, String where) {
    this.in = in;
    this.where = where;
  }

  /// The next member; empty at the end of the archive, which has been read to its last byte then.
  Optional<TarMember> next() throws IOException {
    endMember();
    Map<String, String> extended = Map.of();
    while (true) {
      var head = record();
      if (isZero(head, head.length)) {
        if (!extended.isEmpty()) {
          throw bad("an extended header without a member (expected: one after it)");
        }
        readToEnd();
        return Optional.empty();
      }
      requireHead(head);
      switch (head[TYPE_AT]) {
        case 'x' -> {
          if (!extended.isEmpty()) {
            throw bad("two extended headers for one member (expected: one)");
          }
          extended = extended(head);
        }
        case '0', 0 -> {
          return Optional.of(member(head, extended, false));
        }
        case '5' -> {
          return Optional.of(member(head, extended, true));
        }
        default ->
            throw bad(
                "a member of type '%s' (expected: plain files)"
                    .formatted(Names.shown(String.valueOf((char) (head[TYPE_AT] & 0xff)))));
      }
    }
  }

  /// What is left of the member. Ends where the member does.
  InputStream content() {
    return new Content();
  }

  /// All of a small member.
  byte[] smallContent(String name, int limit) throws IOException {
    if (left > limit) {
      throw new Damage(
          Rule.LIMIT, "%s: %d bytes (expected: at most %d)".formatted(name, left, limit));
    }
    var bytes = new byte[(int) left];
    readFully(bytes, bytes.length);
    left = 0;
    return bytes;
  }

  /// Passes what is left of the member, and what fills its last record.
  void endMember() throws IOException {
    while (left > 0) {
      int n = in.read(scratch, 0, (int) Math.min(scratch.length, left));
      if (n < 0) {
        throw truncated();
      }
      left -= n;
    }
    readFully(scratch, padding);
    padding = 0;
  }

  private byte[] record() throws IOException {
    var head = new byte[RECORD];
    readFully(head, RECORD);
    return head;
  }

  private void readFully(byte[] bytes, int length) throws IOException {
    if (in.readNBytes(bytes, 0, length) < length) {
      throw truncated();
    }
  }

  private void requireHead(byte[] head) throws Damage {
    var magic = Arrays.copyOfRange(head, MAGIC_AT, MAGIC_AT + POSIX.length);
    if (!Arrays.equals(magic, POSIX) && !Arrays.equals(magic, GNU)) {
      throw bad("no tar header where one belongs (expected: ustar)");
    }
    if (!hasItsChecksum(head)) {
      throw bad("a header with a wrong checksum (expected: one that nobody has changed)");
    }
  }

  private static boolean hasItsChecksum(byte[] head) {
    try {
      return TarUtils.verifyCheckSum(head);
    } catch (IllegalArgumentException e) {
      // What stands there is no number.
      return false;
    }
  }

  private TarMember member(byte[] head, Map<String, String> extended, boolean isDirectory)
      throws Damage {
    for (var key : extended.keySet()) {
      if (key.startsWith("GNU.sparse") || key.equals("linkpath") || key.equals("hdrcharset")) {
        throw bad("an extended header with %s (expected: plain files)".formatted(key));
      }
    }
    var path = extended.get("path");
    var name = path == null ? name(head) : path;
    if (name.isEmpty() || name.indexOf(0) >= 0 || (!isDirectory && name.endsWith("/"))) {
      throw bad("a file without a name (expected: one)");
    }
    var size = extended.containsKey("size") ? longSize(extended) : number(head, SIZE_AT, SIZE);
    if (size < 0 || (isDirectory && size > 0)) {
      throw bad("%s with size %d (expected: one that can be)".formatted(Names.shown(name), size));
    }
    begin(size);
    return new TarMember(name, size, isDirectory, modified(head, extended));
  }

  private void begin(long size) {
    left = size;
    padding = (int) ((RECORD - size % RECORD) % RECORD);
  }

  private Map<String, String> extended(byte[] head) throws IOException {
    begin(number(head, SIZE_AT, SIZE));
    var bytes = smallContent(where + ": an extended header", MAX_EXTENDED);
    endMember();
    return PaxRecords.parse(bytes, where);
  }

  private String name(byte[] head) throws Damage {
    var name = text(head, 0, NAME);
    var prefix = head[MAGIC_AT + POSIX.length - 1] == '0' ? text(head, PREFIX_AT, PREFIX) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private String text(byte[] head, int at, int length) throws Damage {
    var end = at;
    while (end < at + length && head[end] != 0) {
      end++;
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(head, at, end - at)).toString();
    } catch (CharacterCodingException e) {
      throw bad("a name that is not UTF-8 (expected: text)");
    }
  }

  private long number(byte[] head, int at, int length) throws Damage {
    try {
      return TarUtils.parseOctalOrBinary(head, at, length);
    } catch (IllegalArgumentException e) {
      throw bad("a size or time that is no number (expected: octal digits)");
    }
  }

  private long longSize(Map<String, String> extended) throws Damage {
    try {
      var size = extended.getOrDefault("size", "");
      return size.matches("[0-9]+") ? Long.parseLong(size) : -1;
    } catch (NumberFormatException e) {
      throw bad("a size beyond all files (expected: less than 2^63)");
    }
  }

  private Instant modified(byte[] head, Map<String, String> extended) throws Damage {
    var text = extended.get("mtime");
    try {
      return Instant.ofEpochSecond(
          text == null
              ? number(head, MODIFIED_AT, SIZE)
              : text.matches("-?[0-9]{1,12}(\\.[0-9]{1,12})?")
                  ? new BigDecimal(text).longValue()
                  : 0);
    } catch (java.time.DateTimeException e) {
      throw bad("a time beyond all calendars (expected: seconds since 1970)");
    }
  }

  /// After the first record of zeros: another one, then nothing but fill.
  private void readToEnd() throws IOException {
    var second = record();
    if (!isZero(second, second.length)) {
      throw bad("something after its end (expected: two records of zeros)");
    }
    var filled = 0L;
    int n;
    while ((n = in.read(scratch)) >= 0) {
      filled += n;
      if (!isZero(scratch, n) || filled > MAX_FILL) {
        throw bad("something after its end (expected: at most 1 MiB of zeros)");
      }
    }
  }

  private static boolean isZero(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private Damage bad(String what) {
    return new Damage(Rule.TAR, where + ": " + what);
  }

  private Damage truncated() {
    return new Damage(Rule.TRUNCATED, where + ": ends too early (expected: all of it)");
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
      if (left == 0) {
        return -1;
      }
      int n = in.read(bytes, offset, (int) Math.min(length, left));
      if (n < 0) {
        throw truncated();
      }
      left -= n;
      return n;
    }
  }
}
