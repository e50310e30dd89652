package org.rekey.keystore.log;

import java.security.PublicKey;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.map.Purpose;
import org.rekey.verifier.map.Withdrawal;

/// What can happen to a key.
public sealed interface KeyChange {
  /// The name by which logs and record headers call it.
  String type();

  /// It becomes known, and verifies from now on.
  record Added(PublicKey publicKey, Alg alg, String thumbprint, String issuer, Purpose purpose)
      implements KeyChange {
    @Override
    public String type() {
      return "KEY_ADDED";
    }
  }

  /// It signs from now on.
  ///
  /// @param replaced the kid that signed before; null if none did
  record Activated(@Nullable Long replaced) implements KeyChange {
    @Override
    public String type() {
      return "KEY_ACTIVATED";
    }
  }

  /// It is trusted no more.
  ///
  /// @param cause a command, or the file's removal
  /// @param successor the kid that signs from now on, if this one did; null if none does
  record Retired(Withdrawal cause, @Nullable Long successor) implements KeyChange {
    @Override
    public String type() {
      return "KEY_RETIRED";
    }
  }
}
