package org.rekey.cli.mender;

/// Told of an import while it runs.
public interface ImportWatcher {
  /// @param done bytes that were read, of both passes
  /// @param total bytes that will be read, as far as is known
  void progress(long done, long total, long lines);

  /// A line was not taken.
  ///
  /// @param problem the field and the rule, never a value
  void refused(long line, String problem);

  /// Something that the operator should know.
  void notice(String text);
}
