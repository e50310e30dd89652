package org.rekey.pkcs11;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What encrypted key files and tokens are opened with. Read when it is needed, so that a mended
/// file helps without a restart; not kept; never printed.
public final class Passphrase {
  private static final int MAX_BYTES = 4096;
  private static final String PASSPHRASE = "passphrase file ";
  private static final Passphrase NONE = unset("no setting");

  private final String source;
  private final @Nullable String text;
  private final @Nullable Path file;
  private final String noun;

  private Passphrase(String source, @Nullable String text, @Nullable Path file, String noun) {
    this.source = source;
    this.text = text;
    this.file = file;
    this.noun = noun;
  }

  public static Passphrase none() {
    return NONE;
  }

  /// None, because nobody has used what it could come from.
  ///
  /// @param setting names that, for messages
  public static Passphrase unset(String setting) {
    return new Passphrase(setting, null, null, PASSPHRASE);
  }

  /// @param setting what it comes from, for messages
  public static Passphrase of(String setting, String text) {
    return new Passphrase(setting, text, null, PASSPHRASE);
  }

  /// The first line of a file, as UTF-8.
  public static Passphrase in(Path file) {
    return new Passphrase(file.toString(), null, file, PASSPHRASE);
  }

  /// The PIN of a token, from the first line of a file.
  public static Passphrase pinIn(Path file) {
    return new Passphrase(file.toString(), null, file, "PIN file ");
  }

  /// What came of reading it.
  public sealed interface Reading {}

  public static final class Present implements Reading {
    private final char[] chars;

    private Present(char[] chars) {
      this.chars = chars;
    }

    /// The caller's own, to be overwritten after use.
    public char[] chars() {
      return chars;
    }
  }

  public record Absent() implements Reading {}

  public record Unreadable(String why) implements Reading {}

  public Reading read() {
    if (text != null) {
      return new Present(text.toCharArray());
    }
    return file == null ? new Absent() : read(file);
  }

  boolean isInFile() {
    return file != null;
  }

  /// Where it comes from, for messages.
  public String source() {
    return source;
  }

  /// Changes when what [#read] gives may have changed.
  public Object version() {
    if (file == null) {
      return source;
    }
    try {
      var attributes = Files.readAttributes(file, PosixFileAttributes.class);
      return new Version(
          attributes.size(),
          attributes.lastModifiedTime().toInstant().toString(),
          String.valueOf(attributes.fileKey()),
          attributes.permissions().toString());
    } catch (IOException e) {
      return e.getClass();
    }
  }

  private Reading read(Path file) {
    byte[] bytes;
    try (var stream = Files.newInputStream(file)) {
      if (!Files.isRegularFile(file)) {
        return new Unreadable("the " + noun + file + " is no regular file");
      }
      if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
        return new Unreadable("the " + noun + file + " can be read by everyone (chmod 600 it)");
      }
      bytes = stream.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      return new Unreadable(
          "the %s%s cannot be read (put it there, readable for the user of this service)"
              .formatted(noun, file));
    }
    try {
      return ofBytes(file, bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private Reading ofBytes(Path file, byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != '\n' && bytes[end] != '\r') {
      end++;
    }
    if (end == 0) {
      return new Unreadable("the " + noun + file + " is empty (its first line counts)");
    }
    if (end > MAX_BYTES) {
      return new Unreadable(
          "the first line of the %s%s is too long (expected: at most %d bytes)"
              .formatted(noun, file, MAX_BYTES));
    }
    CharBuffer decoded;
    try {
      decoded = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, end));
    } catch (CharacterCodingException e) {
      return new Unreadable("the " + noun + file + " is not UTF-8");
    }
    var chars = new char[decoded.remaining()];
    decoded.get(chars);
    Arrays.fill(decoded.array(), '\0');
    return new Present(chars);
  }

  @Override
  public String toString() {
    return text == null && file == null ? "Passphrase[none]" : "Passphrase[" + source + ", hidden]";
  }

  private record Version(long size, String modified, String key, String permissions) {}
}
