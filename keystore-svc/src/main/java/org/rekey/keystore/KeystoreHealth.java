package org.rekey.keystore;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.rekey.keystore.files.Finding;
import org.rekey.keystore.log.KeyHistory;

/// Whether the service can do its work, and what a person should look into although it can.
///
/// @param history closed when it is an older copy
/// @param logKey the file of the key that signs the key log
record KeystoreHealth(List<RingWatch.Ring> rings, KeyHistory history, Path logKey) {

  /// Empty when ready. One ring without a key that signs is an alarm, not a reason to take the
  /// others out of service.
  String notReady() {
    if (history.closed().isPresent()) {
      return history.closed().get();
    }
    return rings.stream().anyMatch(ring -> ring.keeper().signing().isPresent())
        ? ""
        : "no key ring has a key that can sign";
  }

  /// A line for every finding and every disagreement.
  List<String> notes() {
    return Stream.concat(logKeyNotes(), ringNotes()).toList();
  }

  /// The key itself is in memory.
  private Stream<String> logKeyNotes() {
    return Files.isReadable(logKey)
        ? Stream.empty()
        : Stream.of(
            "KEYSTORE_LOG_KEY: "
                + logKey
                + ": cannot be read any more: this keystore goes on, and cannot start again");
  }

  private Stream<String> ringNotes() {
    return rings.stream()
        .flatMap(
            ring ->
                Stream.concat(
                        ring.configured().notes().stream(),
                        ring.keeper().findings().stream().map(Finding::line))
                    .map(line -> ring.keeper().ring().name() + ": " + line));
  }
}
