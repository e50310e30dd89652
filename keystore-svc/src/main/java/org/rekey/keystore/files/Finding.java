package org.rekey.keystore.files;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One thing in a ring's directory that is not as it should be.
///
/// @param kid null when the name gives none
/// @param message one line: what is wrong and what to do
public record Finding(Path file, @Nullable Long kid, Severity severity, Rule rule, String message) {

  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

  /// File names come from whoever can write to the directory: what they hold reaches no terminal.
  public Finding {
    message = printable(message);
  }

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
    return printable(file.toString()) + ": " + message;
  }

  /// Control characters, line ends and what turns the direction of writing, as `\\uXXXX`.
  private static String printable(String text) {
    return UNPRINTABLE
        .matcher(text)
        .replaceAll(match -> "\\\\u%04X".formatted((int) match.group().charAt(0)));
  }
}
