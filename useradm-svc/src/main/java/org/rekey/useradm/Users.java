package org.rekey.useradm;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rekey.useradm.UserOutcome.Done;
import org.rekey.useradm.UserOutcome.Refused;
import org.rekey.useradm.UserOutcome.Rule;
import org.rekey.useradm.UserStore.Account;
import org.rekey.useradm.UserStore.AddressTaken;
import org.rekey.useradm.UserStore.Changed;
import org.rekey.useradm.UserStore.ChangedMeanwhile;
import org.rekey.useradm.UserStore.Wish;
import org.rekey.useradm.password.PasswordHasher;
import org.rekey.verifier.serve.LiveTokens;

/// Users: made, found, changed and deleted. The texts of refusals are what clients of the Mender
/// server know.
public final class Users {
  private static final Refused EMAIL_TAKEN =
      new Refused(Rule.EMAIL_TAKEN, "user with a given email already exists");
  private static final Refused WRONG_PASSWORD =
      new Refused(Rule.WRONG_CURRENT_PASSWORD, "current password mismatch");
  private static final Refused NOT_FOUND = new Refused(Rule.NOT_FOUND, "user not found");

  private final UserStore store;
  private final PasswordHasher hasher;
  private final PasswordGate gate;
  private final LiveTokens live;
  private final InstantSource clock;
  private final Supplier<UUID> ids;

  public Users(
      UserStore store,
      PasswordHasher hasher,
      PasswordGate gate,
      LiveTokens live,
      InstantSource clock,
      Supplier<UUID> ids) {
    this.store = store;
    this.hasher = hasher;
    this.gate = gate;
    this.live = live;
    this.clock = clock;
    this.ids = ids;
  }

  /// @throws PasswordHasher.Busy when too many passwords wait to be hashed
  public UserOutcome create(NewUser wanted) {
    Optional<Refused> malformed = malformed(wanted);
    if (malformed.isPresent()) {
      return malformed.get();
    }
    Email email = Email.of(wanted.email()).orElseThrow();
    if (wanted.passwordHash().isEmpty()) {
      Optional<String> weak = PasswordRules.weak(wanted.password(), email);
      if (weak.isPresent()) {
        return new Refused(Rule.WEAK_PASSWORD, weak.get());
      }
    }
    String hash =
        wanted.passwordHash().isEmpty() ? hasher.hash(wanted.password()) : wanted.passwordHash();
    String id = wanted.id().isEmpty() ? ids.get().toString() : wanted.id();
    Instant now = now();
    User user = new User(id, email, now, now, null);
    return switch (store.add(user, hash)) {
      case ADDED -> new Done(user);
      case EMAIL_TAKEN -> EMAIL_TAKEN;
      case ID_TAKEN -> new Refused(Rule.ID_TAKEN, "user with a given id already exists");
    };
  }

  private static Optional<Refused> malformed(NewUser wanted) {
    FieldProblems problems = new FieldProblems();
    problems.add("email", Email.problemOf(wanted.email()));
    if (wanted.passwordHash().isEmpty()) {
      problems.add("password", PasswordRules.malformed(wanted.password()));
    } else if (wanted.password().isEmpty()) {
      problems.add("password_hash", BcryptForm.problemOf(wanted.passwordHash()));
    } else {
      return Optional.of(
          new Refused(Rule.INVALID_FIELD, "password *or* password_hash must be provided"));
    }
    if (!wanted.id().isEmpty() && !Ids.isChoosable(wanted.id())) {
      problems.add("id", "must be 1 to 128 characters of A-Z, a-z, 0-9, '.', '_' and '-'");
    }
    return problems.line().map(line -> new Refused(Rule.INVALID_FIELD, line));
  }

  public Optional<User> find(String id) {
    return Ids.isPossible(id) ? store.find(id) : Optional.empty();
  }

  /// @param after null: the first page
  /// @param size at least 1
  public Page list(UserFilter filter, @Nullable UserPosition after, int size) {
    List<String> ids = filter.ids().stream().filter(Ids::isPossible).distinct().toList();
    List<String> emails =
        filter.emails().stream()
            .flatMap(email -> Email.of(email).stream())
            .map(Email::value)
            .distinct()
            .toList();
    if ((ids.isEmpty() && !filter.ids().isEmpty())
        || (emails.isEmpty() && !filter.emails().isEmpty())) {
      return new Page(List.of(), null);
    }
    UserFilter possible =
        new UserFilter(
            ids,
            emails,
            filter.createdAfter(),
            filter.createdBefore(),
            filter.updatedAfter(),
            filter.updatedBefore());
    List<User> found = store.list(possible, after, size + 1);
    if (found.size() <= size) {
      return new Page(found, null);
    }
    List<User> shown = found.subList(0, size);
    return new Page(shown, UserPosition.behind(shown.getLast()));
  }

  /// The password is checked and hashed before the store is locked, so what was read is compared
  /// again there.
  ///
  /// @throws PasswordHasher.Busy when too many passwords wait to be checked
  public UserOutcome update(Update update) {
    boolean newPassword = !update.password().isEmpty();
    if (update.email().isEmpty() && !newPassword) {
      return new Refused(Rule.NOTHING_TO_CHANGE, "no update information provided");
    }
    FieldProblems problems = new FieldProblems();
    if (!update.email().isEmpty()) {
      problems.add("email", Email.problemOf(update.email()));
    }
    if (newPassword) {
      problems.add("password", PasswordRules.malformed(update.password()));
    }
    Optional<String> malformed = problems.line();
    if (malformed.isPresent()) {
      return new Refused(Rule.INVALID_FIELD, malformed.get());
    }
    Optional<Account> read =
        Ids.isPossible(update.id()) ? store.account(update.id()) : Optional.empty();
    return read.map(account -> update(account, update)).orElse(NOT_FOUND);
  }

  private UserOutcome update(Account read, Update update) {
    boolean self = read.user().id().equals(update.callerId());
    boolean newPassword = !update.password().isEmpty();
    if (newPassword && !self) {
      return new Refused(Rule.OTHERS_PASSWORD, "password cannot be modified");
    }
    Email email = Email.of(update.email()).orElse(read.user().email());
    if (newPassword) {
      Optional<String> weak = PasswordRules.weak(update.password(), email);
      if (weak.isPresent()) {
        return new Refused(Rule.WEAK_PASSWORD, weak.get());
      }
    }
    if (self && (newPassword || !email.equals(read.user().email()))) {
      Optional<Refused> wrong = currentPassword(read, update);
      if (wrong.isPresent()) {
        return wrong.get();
      }
    }
    return change(
        read,
        new Wish(
            email,
            newPassword ? hasher.hash(update.password()) : null,
            now(),
            update.callerTokenId(),
            update.endPersonalAccessTokens()));
  }

  private Optional<Refused> currentPassword(Account read, Update update) {
    if (update.currentPassword().isEmpty()) {
      return Optional.of(WRONG_PASSWORD);
    }
    return switch (gate.check(
        read.user().email(),
        update.clientAddress(),
        update.currentPassword(),
        read.passwordHash())) {
      case PasswordGate.Right _ -> Optional.empty();
      case PasswordGate.Wrong _ -> Optional.of(WRONG_PASSWORD);
      case PasswordGate.MustWait(Duration time) ->
          Optional.of(new Refused(Rule.TOO_MANY_FAILURES, "too many requests", time));
    };
  }

  /// An operator's way: without the current password.
  ///
  /// @throws PasswordHasher.Busy when too many passwords wait to be hashed
  public UserOutcome setPassword(
      String emailText, String password, boolean endPersonalAccessTokens) {
    FieldProblems problems = new FieldProblems();
    problems.add("email", Email.problemOf(emailText));
    problems.add("password", PasswordRules.malformed(password));
    Optional<String> malformed = problems.line();
    if (malformed.isPresent()) {
      return new Refused(Rule.INVALID_FIELD, malformed.get());
    }
    Email email = Email.of(emailText).orElseThrow();
    Optional<String> weak = PasswordRules.weak(password, email);
    if (weak.isPresent()) {
      return new Refused(Rule.WEAK_PASSWORD, weak.get());
    }
    return store
        .account(email)
        .map(
            read ->
                change(
                    read,
                    new Wish(email, hasher.hash(password), now(), null, endPersonalAccessTokens)))
        .orElse(NOT_FOUND);
  }

  private UserOutcome change(Account read, Wish wish) {
    return switch (store.change(read, wish)) {
      case Changed(User user, List<String> ended) -> {
        ended.forEach(live::forget);
        yield new Done(user);
      }
      case AddressTaken _ -> EMAIL_TAKEN;
      case ChangedMeanwhile _ ->
          new Refused(Rule.CHANGED_MEANWHILE, "entity tag did not match any records");
    };
  }

  /// With all tokens and settings; nothing happens if there is no such user.
  public void delete(String id) {
    if (Ids.isPossible(id)) {
      store.delete(id).forEach(live::forget);
    }
  }

  /// Milliseconds are what the API shows; so the same instant comes back in a filter.
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  /// A user as wished for. Exactly one of password and hash; both are secrets.
  ///
  /// @param password empty: a hash is given
  /// @param passwordHash bcrypt; empty: a password is given
  /// @param id empty: a new one
  public record NewUser(String email, String password, String passwordHash, String id) {
    @Override
    public String toString() {
      return "NewUser[id=" + id + "]";
    }
  }

  /// A change as wished for. The passwords are secrets.
  ///
  /// @param email empty: no other
  /// @param password empty: no other
  /// @param currentPassword empty: not given
  /// @param callerId who asks
  /// @param callerTokenId the token with which they ask; survives
  /// @param clientAddress see [FailedLogins]
  public record Update(
      String id,
      String email,
      String password,
      String currentPassword,
      String callerId,
      String callerTokenId,
      boolean endPersonalAccessTokens,
      String clientAddress) {
    @Override
    public String toString() {
      return "Update[id=" + id + ", callerId=" + callerId + "]";
    }
  }

  /// @param next null: this is the last page
  public record Page(List<User> users, @Nullable UserPosition next) {}
}
