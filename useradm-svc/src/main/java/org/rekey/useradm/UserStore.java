package org.rekey.useradm;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where users are kept.
public interface UserStore {
  /// All or nothing.
  Addition add(User user, String passwordHash);

  Optional<User> find(String id);

  /// In the order of creation.
  ///
  /// @param after null: from the first
  List<User> list(UserFilter filter, @Nullable UserPosition after, int limit);

  Optional<Credentials> credentials(Email email);

  Optional<Account> account(String id);

  Optional<Account> account(Email email);

  /// Changes a user and ends tokens, all or nothing, if the account is still what was read.
  Change change(Account read, Wish wish);

  /// Puts a better hash of the same password in the place of the one that was checked.
  ///
  /// @return false if the password has been changed since; then nothing was stored
  boolean rehash(Credentials checked, String passwordHash);

  /// The highest cost of the users' bcrypt hashes; 0 when there is none.
  int dearestBcrypt();

  /// Deletes a user with all tokens and settings, if there is one.
  ///
  /// @return the ids of the tokens
  List<String> delete(String id);

  enum Addition {
    ADDED,
    EMAIL_TAKEN,
    ID_TAKEN
  }

  /// What a login is checked against. The hash is a secret.
  record Credentials(String userId, String passwordHash) {
    @Override
    public String toString() {
      return "Credentials[userId=" + userId + "]";
    }
  }

  /// A user and what their password is checked against. The hash is a secret.
  record Account(User user, String passwordHash) {
    @Override
    public String toString() {
      return "Account[user=" + user + "]";
    }
  }

  /// What shall be, from when on.
  ///
  /// @param passwordHash null: the password stays, and so do all tokens
  /// @param keptToken a token that survives a new password; null: none
  /// @param endPersonalAccessTokens a new password ends them too, and not only the sessions
  record Wish(
      Email email,
      @Nullable String passwordHash,
      Instant at,
      @Nullable String keptToken,
      boolean endPersonalAccessTokens) {
    @Override
    public String toString() {
      return "Wish[email=" + email.value() + ", at=" + at + "]";
    }
  }

  /// What became of a wish.
  sealed interface Change {}

  /// @param ended the ids of the tokens that the new password ended
  record Changed(User user, List<String> ended) implements Change {}

  /// Another user has the e-mail.
  record AddressTaken() implements Change {}

  /// The user was changed or deleted since it was read.
  record ChangedMeanwhile() implements Change {}
}
