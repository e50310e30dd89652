package org.rekey.verifier.serve;

/// The registry's word on one token, or that there is none.
public sealed interface Liveness {

  record Live(LiveToken token) implements Liveness {}

  /// Revoked, or never issued.
  record NotLive() implements Liveness {}

  /// The registry could not be asked.
  record Unknown(String cause) implements Liveness {}
}
