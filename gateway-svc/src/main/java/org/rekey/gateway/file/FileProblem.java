package org.rekey.gateway.file;

import java.nio.file.Path;

/// One thing that is wrong with a file.
///
/// @param line from 1; 0: the file as a whole
public record FileProblem(Path file, int line, String text) {
  @Override
  public String toString() {
    return file + (line == 0 ? "" : ":" + line) + ": " + text;
  }
}
