package org.rekey.verifier.map;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The life of a key: a type for each state, and on each type the steps that lead out of it. A step
/// that is no method there cannot be taken, by nobody.
public sealed interface KeyLife {
  KeyState state();

  /// When it last began to sign; null if never.
  @Nullable Instant activatedAt();

  /// Its tokens may be good.
  sealed interface Trusted extends KeyLife {
    default Retired retired(Instant at) {
      return new Retired(activatedAt(), at);
    }

    default Removed fileRemoved(Instant at) {
      return new Removed(activatedAt(), at);
    }

    default Compromised compromised(Instant at) {
      return new Compromised(activatedAt(), at);
    }
  }

  /// Trusted, and does not sign.
  sealed interface Idle extends Trusted {
    default Active activated(Instant at) {
      return new Active(at);
    }
  }

  /// Its tokens are refused.
  sealed interface Withdrawn extends KeyLife {
    Instant at();

    Withdrawal why();
  }

  /// Published; has not signed since.
  ///
  /// @param removedAt when its file went, if it has been back since; null if it never went
  record Announced(@Nullable Instant activatedAt, @Nullable Instant removedAt) implements Idle {
    @Override
    public KeyState state() {
      return KeyState.ANNOUNCED;
    }
  }

  /// Signs.
  record Active(Instant activatedAt) implements Trusted {
    @Override
    public KeyState state() {
      return KeyState.ACTIVE;
    }

    public VerifyOnly replaced(Instant at) {
      return new VerifyOnly(activatedAt, at);
    }
  }

  /// @param replacedAt when it stopped signing
  record VerifyOnly(Instant activatedAt, Instant replacedAt) implements Idle {
    @Override
    public KeyState state() {
      return KeyState.VERIFY_ONLY;
    }
  }

  /// By a command, for good.
  record Retired(@Nullable Instant activatedAt, Instant at) implements Withdrawn {
    @Override
    public KeyState state() {
      return KeyState.RETIRED;
    }

    @Override
    public Withdrawal why() {
      return Withdrawal.COMMAND;
    }

    public Compromised compromised(Instant when) {
      return new Compromised(activatedAt, when);
    }
  }

  /// Its file has gone; it comes back with the file.
  record Removed(@Nullable Instant activatedAt, Instant at) implements Withdrawn {
    @Override
    public KeyState state() {
      return KeyState.RETIRED;
    }

    @Override
    public Withdrawal why() {
      return Withdrawal.FILE_REMOVED;
    }

    public Announced announcedAgain() {
      return new Announced(activatedAt, at);
    }

    public Compromised compromised(Instant when) {
      return new Compromised(activatedAt, when);
    }
  }

  /// The end: nothing leads out of it.
  record Compromised(@Nullable Instant activatedAt, Instant at) implements Withdrawn {
    @Override
    public KeyState state() {
      return KeyState.COMPROMISED;
    }

    @Override
    public Withdrawal why() {
      return Withdrawal.COMPROMISED;
    }
  }
}
