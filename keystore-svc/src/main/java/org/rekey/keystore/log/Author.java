package org.rekey.keystore.log;

/// Who did it, from where, and why: what a key event tells an auditor.
///
/// @param actor a caller's certificate name, [#FILE], [#CONFIG] or [#AUTOMATIC]
/// @param origin the caller's network address, or the path of a file; may be empty
/// @param reason in the words of whoever did it; may be empty
public record Author(String actor, String origin, String reason) {
  /// The watched directory did it.
  public static final String FILE = "file";

  /// The settings did it, at start.
  public static final String CONFIG = "config";

  /// The ring's own schedule did it.
  public static final String AUTOMATIC = "automatic";

  private static final int MAX_REASON = 1024;
  private static final int MAX_ORIGIN = 4096;

  public Author {
    reason = cut(reason, MAX_REASON);
    origin = cut(origin, MAX_ORIGIN);
  }

  public Author because(String otherReason) {
    return new Author(actor, origin, otherReason);
  }

  private static String cut(String text, int max) {
    return text.length() > max ? text.substring(0, max - 1) + "…" : text;
  }
}
