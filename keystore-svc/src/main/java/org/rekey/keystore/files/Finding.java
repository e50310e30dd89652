package org.rekey.keystore.files;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// One thing in a ring's directory that is not as it should be.
///
/// @param kid null when the name gives none
/// @param message one line: what is wrong and what to do
public record Finding(Path file, @Nullable Long kid, Severity severity, Rule rule, String message) {

  /// What becomes of the file.
  public enum Severity {
    /// It is not used.
    REFUSED,
    /// It is used, or was never meant to be; worth a look.
    NOTE
  }

  static Finding refused(Path file, @Nullable Long kid, Rule rule, String message) {
    return new Finding(file, kid, Severity.REFUSED, rule, message);
  }

  static Finding note(Path file, @Nullable Long kid, Rule rule, String message) {
    return new Finding(file, kid, Severity.NOTE, rule, message);
  }

  /// For a terminal: the file, then the message.
  public String line() {
    return file + ": " + message;
  }
}
