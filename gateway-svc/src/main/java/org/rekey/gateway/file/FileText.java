package org.rekey.gateway.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file that another one names, as it was when it was read.
public record FileText(Path file, String text) {

  public static FileText read(Path file) throws IOException {
    return new FileText(file, Files.readString(file, StandardCharsets.UTF_8));
  }

  /// Whether the file says what it did.
  public boolean isAsItWas() {
    try {
      return Files.readString(file, StandardCharsets.UTF_8).equals(text);
    } catch (IOException e) {
      return false;
    }
  }
}
