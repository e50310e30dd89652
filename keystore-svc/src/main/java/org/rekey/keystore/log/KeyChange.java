package org.rekey.keystore.log;

import java.security.PublicKey;
import java.util.List;
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
  /// @param overridden the live verifiers that had not acked it
  record Activated(@Nullable Long replaced, List<String> overridden) implements KeyChange {
    @Override
    public String type() {
      return "KEY_ACTIVATED";
    }
  }

  /// It is trusted no more.
  ///
  /// @param cause a command, or the file's removal
  /// @param successor the kid that signs from now on, if this one did; null if none does
  /// @param impact what hung on it; null if nobody had counted
  /// @param forced although something hung on it, or might have
  record Retired(
      Withdrawal cause, @Nullable Long successor, @Nullable Impact impact, boolean forced)
      implements KeyChange {
    @Override
    public String type() {
      return "KEY_RETIRED";
    }
  }

  /// It is distrusted for ever.
  ///
  /// @param successor the kid that signs from now on, if this one did; null if none does
  /// @param impact what hung on it; null if nobody had counted
  record Compromised(@Nullable Long successor, @Nullable Impact impact) implements KeyChange {
    @Override
    public String type() {
      return "KEY_COMPROMISED";
    }
  }

  /// No automatism may withdraw it.
  record Held() implements KeyChange {
    @Override
    public String type() {
      return "KEY_HELD";
    }
  }

  /// The hold is over.
  record Released() implements KeyChange {
    @Override
    public String type() {
      return "KEY_RELEASED";
    }
  }

  /// It signed the manifest of an artifact; nothing about it changes.
  ///
  /// @param sha256 of the manifest, in lower-case hexadecimal
  /// @param artifact what whoever had it signed calls the artifact
  record SignedManifest(String sha256, String artifact) implements KeyChange {
    @Override
    public String type() {
      return "MANIFEST_SIGNED";
    }
  }
}
