package org.rekey.verifier.serve;

/// Turns claims into a token. The private keys are elsewhere.
public interface TokenSigner {
  /// @param claims one JSON object in UTF-8, signed as it is
  Outcome sign(byte[] claims);

  /// What came back.
  sealed interface Outcome {}

  /// The token is a credential.
  record Signed(String token, long kid) implements Outcome {
    @Override
    public String toString() {
      return "Signed[kid=" + kid + "]";
    }
  }

  /// Nobody can sign now; nothing was signed.
  record Away(String cause) implements Outcome {}
}
