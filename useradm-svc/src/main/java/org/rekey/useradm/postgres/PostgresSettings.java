package org.rekey.useradm.postgres;

import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.rekey.useradm.SettingsStore;

/// Settings in the table of that name. They vanish with their user by the foreign key.
public final class PostgresSettings implements SettingsStore {
  private final Jdbi jdbi;

  public PostgresSettings(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  @Override
  public Optional<Saved> find(@Nullable String userId) {
    String sql =
        "SELECT json, etag FROM settings WHERE "
            + (userId == null ? "user_id IS NULL" : "user_id = :user");
    return jdbi.withHandle(
        handle -> {
          var query = handle.createQuery(sql);
          if (userId != null) {
            query.bind("user", userId);
          }
          return query.map((row, _) -> new Saved(row.getString(1), row.getString(2))).findOne();
        });
  }

  @Override
  public Put put(@Nullable String userId, Saved settings, @Nullable String ifMatch) {
    return jdbi.inTransaction(
        handle -> {
          if (userId != null && !keep(handle, userId)) {
            return Put.NO_SUCH_USER;
          }
          return store(handle, userId, settings, ifMatch) ? Put.SAVED : Put.ETAG_MISMATCH;
        });
  }

  /// Keeps the user from being deleted before the transaction ends.
  private static boolean keep(Handle handle, String userId) {
    return handle
        .createQuery("SELECT 1 FROM users WHERE id = :id FOR KEY SHARE")
        .bind("id", userId)
        .mapTo(Integer.class)
        .findOne()
        .isPresent();
  }

  /// One statement compares and writes, so that of two saves with one etag only one succeeds.
  private static boolean store(
      Handle handle, @Nullable String userId, Saved settings, @Nullable String ifMatch) {
    String conflict = userId == null ? "((true)) WHERE user_id IS NULL" : "(user_id)";
    return handle
            .createUpdate(
                """
                INSERT INTO settings (user_id, etag, json) VALUES (:user, :etag, :json)
                ON CONFLICT %s DO UPDATE SET etag = :etag, json = :json
                WHERE settings.etag = coalesce(:match, settings.etag)
                """
                    .formatted(conflict))
            .bind("user", userId)
            .bind("etag", settings.etag())
            .bind("json", settings.json())
            .bind("match", ifMatch)
            .execute()
        == 1;
  }
}
