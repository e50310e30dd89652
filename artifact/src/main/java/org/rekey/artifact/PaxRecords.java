package org.rekey.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashMap;
import java.util.Map;

/// The extended header of one tar member (POSIX.1-2001, pax): `length key=value` and a line feed.
final class PaxRecords {
  private static final int LONGEST_LENGTH = 6;

  private PaxRecords() {}

  static Map<String, String> parse(byte[] bytes, String where) throws Damage {
    Map<String, String> records = new HashMap<>();
    var at = 0;
    while (at < bytes.length) {
      var end = at + length(bytes, at, where);
      var space = at;
      while (bytes[space] != ' ') {
        space++;
      }
      if (end > bytes.length || end <= space + 1 || bytes[end - 1] != '\n') {
        throw garbled(where);
      }
      var record = new String(bytes, space + 1, end - space - 2, UTF_8);
      var equals = record.indexOf('=');
      if (equals <= 0
          || records.put(record.substring(0, equals), record.substring(equals + 1)) != null) {
        throw garbled(where);
      }
      at = end;
    }
    return records;
  }

  private static int length(byte[] bytes, int from, String where) throws Damage {
    var length = 0;
    for (int i = from; i < bytes.length && i <= from + LONGEST_LENGTH; i++) {
      if (bytes[i] == ' ' && i > from) {
        return length;
      }
      if (bytes[i] < '0' || bytes[i] > '9') {
        break;
      }
      length = length * 10 + bytes[i] - '0';
    }
    throw garbled(where);
  }

  private static Damage garbled(String where) {
    return new Damage(Rule.TAR, where + ": a garbled extended header (expected: pax records)");
  }
}
