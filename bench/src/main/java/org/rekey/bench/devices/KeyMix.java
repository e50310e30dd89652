package org.rekey.bench.devices;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// How many of the devices have which kind of key: as many of each kind as its weight, in turn.
record KeyMix(List<KeyType> turn) {

  /// @throws IllegalArgumentException unless one weight at least is positive and none negative
  static KeyMix of(Map<KeyType, Integer> weights) {
    List<KeyType> turn = new ArrayList<>();
    new TreeMap<>(weights)
        .forEach(
            (type, weight) -> {
              if (weight < 0) {
                throw new IllegalArgumentException(
                    "--mix: %s=%d (expected: 0 or more)".formatted(type, weight));
              }
              turn.addAll(Collections.nCopies(weight, type));
            });
    if (turn.isEmpty()) {
      throw new IllegalArgumentException(
          "--mix: %s (expected: one kind of key at least)".formatted(weights));
    }
    return new KeyMix(List.copyOf(turn));
  }

  KeyType of(long device) {
    return turn.get((int) (device % turn.size()));
  }

  /// Devices with the same number here, and with the same kind of key, come one after the other.
  long turnOf(long device) {
    return device / turn.size();
  }
}
