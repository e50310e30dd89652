package org.rekey.keystore;

/// What became of a request to sign.
public sealed interface SignOutcome {
  /// @param token a credential: never logged
  record Signed(String token, long kid) implements SignOutcome {
    @Override
    public String toString() {
      return "Signed[kid=" + kid + "]";
    }
  }

  /// The claims are not one JSON object.
  record Malformed() implements SignOutcome {}

  /// Caller, ring, issuer and purpose do not belong together.
  record Denied(String why) implements SignOutcome {}

  /// The ring has no key that can sign now.
  record NoKey(String why) implements SignOutcome {}
}
