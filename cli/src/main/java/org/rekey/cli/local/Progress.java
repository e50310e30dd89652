package org.rekey.cli.local;

/// Who is told how starting and running goes.
public interface Progress {
  /// Something is there now.
  void done(String what);

  /// Something that the operator should know; it goes on all the same.
  void notice(String what);
}
