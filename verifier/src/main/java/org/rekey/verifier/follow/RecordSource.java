package org.rekey.verifier.follow;

import java.time.Duration;
import java.util.List;

/// The fast road: records of the key log's topic from its start, in whatever order and number they
/// come. Nothing that comes from here is trusted.
///
/// Used by one thread; only [#wakeup] may be called by others.
public interface RecordSource extends AutoCloseable {

  /// Waits for records, at most so long. An exception means that this source is of no use any more.
  Poll poll(Duration atMost);

  /// Starts over from the first record.
  void rewind();

  /// Makes a [#poll] under way return at once.
  void wakeup();

  @Override
  void close();

  /// @param values the records' values, empty ones for tombstones
  /// @param answered whether the broker has answered since the last poll, be it that there is
  /// nothing
  /// @param atEnd whether there is nothing more at the moment
  record Poll(List<byte[]> values, boolean answered, boolean atEnd) {
    public Poll {
      values = List.copyOf(values);
    }
  }

  /// Opens a source anew after one has failed.
  @FunctionalInterface
  interface Factory {
    RecordSource open();
  }
}
