package org.rekey.useradm.postgres;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.auth.v1.TokenEvent.Cause;
import org.rekey.useradm.Email;
import org.rekey.useradm.User;
import org.rekey.useradm.UserFilter;
import org.rekey.useradm.UserPosition;
import org.rekey.useradm.UserStore;

/// Users in the table `users`. Whoever ends or enters tokens of a user locks the user's row first,
/// so that these things happen one after the other.
public final class PostgresUsers implements UserStore {
  private static final String COLUMNS = "id, email, created_at, updated_at, login_at";
  private static final String UNIQUE_VIOLATION = "23505";

  private final Jdbi jdbi;
  private final RevocationEvents events;

  public PostgresUsers(Jdbi jdbi, RevocationEvents events) {
    this.jdbi = jdbi;
    this.events = events;
  }

  @Override
  public Addition add(User user, String passwordHash) {
    return jdbi.inTransaction(
        handle -> {
          if (insert(handle, user, passwordHash)) {
            return Addition.ADDED;
          }
          return exists(handle, user.id()) ? Addition.ID_TAKEN : Addition.EMAIL_TAKEN;
        });
  }

  /// @return false if id or e-mail are taken
  static boolean insert(Handle handle, User user, String passwordHash) {
    return handle
            .createUpdate(
                """
                INSERT INTO users (id, email, password_hash, created_at, updated_at, login_at)
                VALUES (:id, :email, :hash, :created, :updated, :login)
                ON CONFLICT DO NOTHING
                """)
            .bind("id", user.id())
            .bind("email", user.email().value())
            .bind("hash", passwordHash)
            .bind("created", user.createdAt())
            .bind("updated", user.updatedAt())
            .bind("login", user.loginAt())
            .execute()
        == 1;
  }

  static boolean exists(Handle handle, String id) {
    return handle
        .createQuery("SELECT EXISTS (SELECT 1 FROM users WHERE id = :id)")
        .bind("id", id)
        .mapTo(Boolean.class)
        .one();
  }

  /// @return false if there is no such user
  static boolean lock(Handle handle, String id) {
    return handle
        .createQuery("SELECT 1 FROM users WHERE id = :id FOR UPDATE")
        .bind("id", id)
        .mapTo(Integer.class)
        .findOne()
        .isPresent();
  }

  @Override
  public Optional<User> find(String id) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT " + COLUMNS + " FROM users WHERE id = :id")
                .bind("id", id)
                .map((row, _) -> Rows.user(row))
                .findOne());
  }

  @Override
  public List<User> list(UserFilter filter, @Nullable UserPosition after, int limit) {
    List<String> conditions = new ArrayList<>(List.of("true"));
    Map<String, Instant> instants = new HashMap<>();
    compare(conditions, instants, "created_at >", filter.createdAfter());
    compare(conditions, instants, "created_at <", filter.createdBefore());
    compare(conditions, instants, "updated_at >", filter.updatedAfter());
    compare(conditions, instants, "updated_at <", filter.updatedBefore());
    if (!filter.ids().isEmpty()) {
      conditions.add("id = ANY(:ids)");
    }
    if (!filter.emails().isEmpty()) {
      conditions.add("email = ANY(:emails)");
    }
    if (after != null) {
      conditions.add("(created_at, id) > (:afterAt, :afterId)");
    }
    String sql =
        "SELECT %s FROM users WHERE %s ORDER BY created_at, id LIMIT :limit"
            .formatted(COLUMNS, String.join(" AND ", conditions));
    return jdbi.withHandle(
        handle -> {
          Query query = handle.createQuery(sql).bind("limit", limit).bindMap(instants);
          if (!filter.ids().isEmpty()) {
            query.bindArray("ids", String.class, filter.ids());
          }
          if (!filter.emails().isEmpty()) {
            query.bindArray("emails", String.class, filter.emails());
          }
          if (after != null) {
            query.bind("afterAt", after.createdAt()).bind("afterId", after.id());
          }
          return query.map((row, _) -> Rows.user(row)).list();
        });
  }

  private static void compare(
      List<String> conditions,
      Map<String, Instant> instants,
      String comparison,
      @Nullable Instant with) {
    if (with != null) {
      String name = "t" + instants.size();
      instants.put(name, with);
      conditions.add(comparison + " :" + name);
    }
  }

  @Override
  public Optional<Credentials> credentials(Email email) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT id, password_hash FROM users WHERE email = :email")
                .bind("email", email.value())
                .map((row, _) -> new Credentials(row.getString(1), row.getString(2)))
                .findOne());
  }

  @Override
  public Optional<Account> account(String id) {
    return jdbi.withHandle(handle -> account(handle, "id = :key", id));
  }

  @Override
  public Optional<Account> account(Email email) {
    return jdbi.withHandle(handle -> account(handle, "email = :key", email.value()));
  }

  private static Optional<Account> account(Handle handle, String condition, String key) {
    return handle
        .createQuery("SELECT password_hash, " + COLUMNS + " FROM users WHERE " + condition)
        .bind("key", key)
        .map((row, _) -> new Account(Rows.user(row), row.getString("password_hash")))
        .findOne();
  }

  @Override
  public Change change(Account read, Wish wish) {
    try {
      return jdbi.inTransaction(handle -> change(handle, read, wish));
    } catch (UnableToExecuteStatementException e) {
      // An update never changes the id, so it can only be the e-mail.
      if (e.getCause() instanceof SQLException sql && UNIQUE_VIOLATION.equals(sql.getSQLState())) {
        return new AddressTaken();
      }
      throw e;
    }
  }

  private Change change(Handle handle, Account read, Wish wish) {
    String id = read.user().id();
    Optional<Account> now = account(handle, "id = :key FOR UPDATE", id);
    if (now.isEmpty()
        || !now.get().passwordHash().equals(read.passwordHash())
        || !now.get().user().email().equals(read.user().email())) {
      return new ChangedMeanwhile();
    }
    handle
        .createUpdate(
            """
            UPDATE users SET email = :email, updated_at = :at,
                             password_hash = coalesce(:hash, password_hash)
            WHERE id = :id
            """)
        .bind("id", id)
        .bind("email", wish.email().value())
        .bind("at", wish.at())
        .bind("hash", wish.passwordHash())
        .execute();
    List<String> ended = wish.passwordHash() == null ? List.of() : endTokens(handle, id, wish);
    events.append(handle, id, ended, Cause.CAUSE_PASSWORD_CHANGED);
    User old = now.get().user();
    return new Changed(
        new User(id, wish.email(), old.createdAt(), wish.at(), old.loginAt()), ended);
  }

  private static List<String> endTokens(Handle handle, String userId, Wish wish) {
    return handle
        .createQuery(
            """
            DELETE FROM token
            WHERE user_id = :user AND (kind = 'session' OR :all) AND id IS DISTINCT FROM :kept
            RETURNING id
            """)
        .bind("user", userId)
        .bind("all", wish.endPersonalAccessTokens())
        .bind("kept", wish.keptToken())
        .mapTo(String.class)
        .list();
  }

  @Override
  public int dearestBcrypt() {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT coalesce(max(substr(password_hash, 5, 2)::int), 0) FROM users
                    WHERE password_hash LIKE '$2%'
                    """)
                .mapTo(Integer.class)
                .one());
  }

  @Override
  public boolean rehash(Credentials checked, String passwordHash) {
    return jdbi.withHandle(
            handle ->
                handle
                    .createUpdate(
                        """
                        UPDATE users SET password_hash = :better
                        WHERE id = :id AND password_hash = :checked
                        """)
                    .bind("id", checked.userId())
                    .bind("checked", checked.passwordHash())
                    .bind("better", passwordHash)
                    .execute())
        == 1;
  }

  @Override
  public List<String> delete(String id) {
    return jdbi.inTransaction(
        handle -> {
          if (!lock(handle, id)) {
            return List.of();
          }
          List<String> ended = PostgresTokens.endAll(handle, id);
          events.append(handle, id, ended, Cause.CAUSE_SUBJECT_DELETED);
          handle.createUpdate("DELETE FROM users WHERE id = :id").bind("id", id).execute();
          return ended;
        });
  }
}
