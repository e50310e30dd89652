package org.rekey.cli;

/// A command could not do its work. The message is the one line (rarely more) that the operator
/// sees; it says what to do.
public final class CommandFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CommandFailed(String message) {
    super(message);
  }

  public CommandFailed(String message, Throwable cause) {
    super(message, cause);
  }
}
