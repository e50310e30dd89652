package org.rekey.useradm;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.rekey.useradm.password.PasswordHasher;

/// Making users.
public final class Users {
  private final UserStore store;
  private final PasswordHasher hasher;
  private final InstantSource clock;
  private final Supplier<UUID> ids;

  public Users(UserStore store, PasswordHasher hasher, InstantSource clock, Supplier<UUID> ids) {
    this.store = store;
    this.hasher = hasher;
    this.clock = clock;
    this.ids = ids;
  }

  /// @throws PasswordHasher.Busy when too many passwords wait to be hashed
  public CreateOutcome create(String emailText, String password) {
    Optional<Email> email = Email.of(emailText);
    if (email.isEmpty()) {
      return new Invalid("email: must be a valid email address");
    }
    Optional<String> problem = PasswordRules.problemOf(password, email.get());
    if (problem.isPresent()) {
      return new Invalid(problem.get());
    }
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    User user = new User(ids.get().toString(), email.get(), now, now, null);
    return store.add(user, hasher.hash(password)) ? new Created(user) : new EmailTaken();
  }

  /// What became of the wish for a user.
  public sealed interface CreateOutcome {}

  public record Created(User user) implements CreateOutcome {}

  /// @param problem names the field and the rule, never the value
  public record Invalid(String problem) implements CreateOutcome {}

  public record EmailTaken() implements CreateOutcome {}
}
