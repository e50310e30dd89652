package org.rekey.keystore.key;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/// Keys whose private half everybody can read: in an RFC, on a web page, in a repository. Known by
/// their thumbprints (RFC 7638), so that no private key has to be kept here.
final class PublishedKeys {
  private static final Map<String, String> PLACES = read();

  private PublishedKeys() {}

  /// Where the private half is to be read.
  static Optional<String> place(String thumbprint) {
    return Optional.ofNullable(PLACES.get(thumbprint));
  }

  private static Map<String, String> read() {
    try (var lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    PublishedKeys.class.getResourceAsStream("published-keys.txt")),
                US_ASCII))) {
      return lines
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" ", 2))
          .collect(Collectors.toUnmodifiableMap(parts -> parts[0], parts -> parts[1]));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
