package org.rekey.gateway.route;

import java.nio.file.Path;

/// What is wrong with a routes file.
///
/// @param line from 1; 0: the file as a whole
public record RoutesProblem(Path file, int line, String text) {
  @Override
  public String toString() {
    return file + (line == 0 ? "" : ":" + line) + ": " + text;
  }
}
