package org.rekey.verifier.serve;

import java.util.Collection;
import java.util.Map;

/// An issuer's table of the tokens that are live.
public interface TokenRegistry {
  /// May block. What it throws means that nothing is known, and never that a token is not live.
  ///
  /// @param tokenIds `jti`s
  /// @return those that are live, at the moment of the call
  Map<String, LiveToken> live(Collection<String> tokenIds);
}
