package org.rekey.useradm.postgres;

import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.rekey.useradm.Email;
import org.rekey.useradm.User;
import org.rekey.useradm.UserStore;

/// Users in the table `users`.
public final class PostgresUsers implements UserStore {
  private final Jdbi jdbi;

  public PostgresUsers(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  @Override
  public boolean add(User user, String passwordHash) {
    return jdbi.withHandle(
            handle ->
                handle
                    .createUpdate(
                        """
                        INSERT INTO users (id, email, password_hash, created_at, updated_at, login_at)
                        VALUES (:id, :email, :hash, :created, :updated, :login)
                        ON CONFLICT (email) DO NOTHING
                        """)
                    .bind("id", user.id())
                    .bind("email", user.email().value())
                    .bind("hash", passwordHash)
                    .bind("created", user.createdAt())
                    .bind("updated", user.updatedAt())
                    .bind("login", user.loginAt())
                    .execute())
        == 1;
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
}
