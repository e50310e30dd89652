package org.rekey.useradm;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.useradm.password.Match;
import org.rekey.useradm.password.PasswordHasher;

/// Where every password is checked: who has failed too often waits, and costs no hash.
public final class PasswordGate {
  private final PasswordHasher hasher;
  private final FailedLogins failed;

  public PasswordGate(PasswordHasher hasher, FailedLogins failed) {
    this.hasher = hasher;
    this.failed = failed;
  }

  /// How long they have to wait who have failed too often; asked before anything is looked up, so
  /// that a flood of them costs nothing.
  Optional<Duration> mustWait(@Nullable Email account, String address) {
    return account == null ? failed.mustWait(address) : failed.mustWait(account, address);
  }

  /// A password longer than any that is stored is wrong, unread; that depends on nothing but the
  /// request. Every other one costs a hash, whether or not the user exists.
  ///
  /// @param account null for a name that cannot be one
  /// @param address the client's
  /// @param stored null when there is no such user
  /// @throws PasswordHasher.Busy when too many passwords wait to be checked
  Outcome check(@Nullable Email account, String address, String password, @Nullable String stored) {
    Optional<Duration> wait = mustWait(account, address);
    if (wait.isPresent()) {
      return new MustWait(wait.get());
    }
    Match match =
        password.length() > PasswordRules.MAX_BYTES ? Match.WRONG : hasher.check(password, stored);
    return switch (match) {
      case RIGHT -> new Right(false);
      case RIGHT_BUT_OUTDATED -> new Right(true);
      case WRONG -> {
        if (account == null) {
          failed.failed(address);
        } else {
          failed.failed(account, address);
        }
        yield new Wrong();
      }
    };
  }

  /// What the gate says.
  sealed interface Outcome {}

  /// @param outdated the stored hash should be replaced
  record Right(boolean outdated) implements Outcome {}

  record Wrong() implements Outcome {}

  /// The password was not looked at.
  record MustWait(Duration time) implements Outcome {}
}
