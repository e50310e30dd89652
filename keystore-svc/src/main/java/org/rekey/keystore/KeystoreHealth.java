package org.rekey.keystore;

import java.util.List;
import java.util.stream.Stream;
import org.rekey.keystore.files.Finding;

/// Whether the service can do its work, and what a person should look into although it can.
record KeystoreHealth(List<RingWatch.Ring> rings) {

  /// Empty when ready. One ring without a key that signs is an alarm, not a reason to take the
  /// others out of service.
  String notReady() {
    return rings.stream().anyMatch(ring -> ring.keeper().signing().isPresent())
        ? ""
        : "no key ring has a key that can sign";
  }

  /// A line for every finding and every disagreement.
  List<String> notes() {
    return rings.stream()
        .flatMap(
            ring ->
                Stream.concat(
                        ring.configured().notes().stream(),
                        ring.keeper().findings().stream().map(Finding::line))
                    .map(line -> ring.keeper().ring().name() + ": " + line))
        .toList();
  }
}
