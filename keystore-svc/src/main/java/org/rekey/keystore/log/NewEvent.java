package org.rekey.keystore.log;

/// An event before it has its place in the log.
///
/// @param actor a caller's certificate name, [#FILE] or [#CONFIG]
/// @param reason in the words of whoever did it; may be empty
public record NewEvent(String ring, long kid, String actor, String reason, KeyChange change) {
  /// The watched directory did it.
  public static final String FILE = "file";

  /// The settings did it, at start.
  public static final String CONFIG = "config";

  private static final int MAX_REASON = 1024;

  public NewEvent {
    if (reason.length() > MAX_REASON) {
      reason = reason.substring(0, MAX_REASON - 1) + "…";
    }
  }
}
