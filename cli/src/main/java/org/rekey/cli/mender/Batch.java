package org.rekey.cli.mender;

import java.util.ArrayList;
import java.util.List;
import org.rekey.proto.useradm.v1.TakeOverRecord;

/// Records on their way, with the lines that they came from. Bounded in number and in bytes, so
/// that each call stays well within what a server takes.
final class Batch {
  private static final int MAX_RECORDS = 500;
  private static final int MAX_BYTES = 512 * 1024;

  private final List<TakeOverRecord> records = new ArrayList<>();
  private final List<Long> lines = new ArrayList<>();
  private int bytes;

  void add(TakeOverRecord record, long line) {
    records.add(record);
    lines.add(line);
    bytes += record.getSerializedSize();
  }

  boolean isFull() {
    return records.size() >= MAX_RECORDS || bytes >= MAX_BYTES;
  }

  boolean isEmpty() {
    return records.isEmpty();
  }

  List<TakeOverRecord> records() {
    return records;
  }

  long line(int index) {
    return lines.get(index);
  }

  void clear() {
    records.clear();
    lines.clear();
    bytes = 0;
  }
}
