package org.rekey.useradm;

import java.util.Optional;

/// Where users are kept.
public interface UserStore {
  /// @return false when the e-mail is taken; then nothing was stored
  boolean add(User user, String passwordHash);

  Optional<Credentials> credentials(Email email);

  /// What a login is checked against. The hash is a secret.
  record Credentials(String userId, String passwordHash) {
    @Override
    public String toString() {
      return "Credentials[userId=" + userId + "]";
    }
  }
}
