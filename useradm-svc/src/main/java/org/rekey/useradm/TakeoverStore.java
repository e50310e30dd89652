package org.rekey.useradm;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where users and tokens of another system are entered.
public interface TakeoverStore {
  /// Enters records in their order, each or not at all; those that cannot be entered do not hinder
  /// the others.
  ///
  /// @return what became of each, in their order
  List<Outcome> enter(List<Entry> entries);

  /// What is to be entered.
  sealed interface Entry {}

  /// The hash is a secret.
  record UserEntry(User user, String passwordHash) implements Entry {
    @Override
    public String toString() {
      return "UserEntry[user=" + user + "]";
    }
  }

  /// @param name null: a session
  /// @param kid null: not known
  /// @param expiresAt null: never
  /// @param lastUsedAt null: not yet, or not known
  record TokenEntry(
      String id,
      String userId,
      @Nullable String name,
      @Nullable Long kid,
      Instant issuedAt,
      @Nullable Instant expiresAt,
      @Nullable Instant lastUsedAt)
      implements Entry {}

  /// What became of an entry.
  enum Outcome {
    TAKEN,
    /// It is here already, and stays as it is.
    ALREADY_HERE,
    EMAIL_TAKEN,
    NAME_TAKEN,
    NO_SUCH_USER,
    /// Another user's token has this id.
    ANOTHERS_TOKEN,
    /// It was here, and was ended here.
    ENDED
  }
}
