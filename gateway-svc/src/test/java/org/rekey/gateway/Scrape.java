package org.rekey.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/// What a gateway says of itself at one moment.
record Scrape(String text) {
  static Scrape of(Gate gate) {
    try (var in =
        URI.create("http://127.0.0.1:" + gate.managementPort() + "/metrics").toURL().openStream()) {
      return new Scrape(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// @param series its name and labels, as they are written
  /// @return 0 when there is none
  double value(String series) {
    return text.lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElse(0);
  }
}
