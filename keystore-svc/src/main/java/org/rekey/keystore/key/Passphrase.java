package org.rekey.keystore.key;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rekey.runtime.config.SettingsException;

/// What encrypted key files of a ring are opened with. Never printed.
public final class Passphrase {
  private static final Passphrase NONE = new Passphrase(new char[0]);

  private final char[] chars;

  private Passphrase(char[] chars) {
    this.chars = chars;
  }

  public static Passphrase none() {
    return NONE;
  }

  public static Passphrase of(String text) {
    return new Passphrase(text.toCharArray());
  }

  /// The first line of a file.
  public static Passphrase read(Path file) {
    try (var lines = Files.lines(file)) {
      return of(lines.findFirst().orElse(""));
    } catch (IOException e) {
      throw new SettingsException(file + ": the passphrase file cannot be read");
    }
  }

  boolean isPresent() {
    return chars.length > 0;
  }

  char[] chars() {
    return chars.clone();
  }

  @Override
  public String toString() {
    return isPresent() ? "Passphrase[hidden]" : "Passphrase[none]";
  }
}
