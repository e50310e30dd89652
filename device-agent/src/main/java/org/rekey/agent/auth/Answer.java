package org.rekey.agent.auth;

/// What came of asking for a token.
public sealed interface Answer {

  /// @param isUnfinished something else is to be done with the server, so ask again before long
  record Issued(Token token, boolean isUnfinished) implements Answer {}

  /// The device may not come in (yet).
  ///
  /// @param why what the servers said, in one line
  record Refused(String why) implements Answer {}

  /// Nobody has said yes or no.
  ///
  /// @param why in one line
  record Unreachable(String why) implements Answer {}
}
