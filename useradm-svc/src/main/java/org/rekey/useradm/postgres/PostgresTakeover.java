package org.rekey.useradm.postgres;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.rekey.useradm.TakeoverStore;

/// Enters users and tokens of another system, a list in one transaction and a statement for each:
/// no record fails, so none undoes the others.
public final class PostgresTakeover implements TakeoverStore {
  private final Jdbi jdbi;

  public PostgresTakeover(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  @Override
  public List<Outcome> enter(List<Entry> entries) {
    if (entries.isEmpty()) {
      return List.of();
    }
    return jdbi.inTransaction(
        handle -> {
          List<Outcome> outcomes = entries.stream().map(entry -> enter(handle, entry)).toList();
          Set<String> ended = removeEnded(handle, entries);
          return IntStream.range(0, entries.size())
              .mapToObj(
                  i ->
                      entries.get(i) instanceof TokenEntry token && ended.contains(token.id())
                          ? Outcome.ENDED
                          : outcomes.get(i))
              .toList();
        });
  }

  /// A token that somebody ended while it was taken over once more is not brought back either.
  private static Set<String> removeEnded(Handle handle, List<Entry> entries) {
    List<String> ids =
        entries.stream()
            .flatMap(
                entry -> entry instanceof TokenEntry token ? Stream.of(token.id()) : Stream.empty())
            .toList();
    return handle
        .createQuery(
            """
            DELETE FROM token USING token_ended
            WHERE token.id = token_ended.id AND token.id = ANY(:ids)
            RETURNING token.id
            """)
        .bindArray("ids", String.class, ids)
        .mapTo(String.class)
        .set();
  }

  private static Outcome enter(Handle handle, Entry entry) {
    return switch (entry) {
      case UserEntry user -> enter(handle, user);
      case TokenEntry token -> enter(handle, token);
    };
  }

  private static Outcome enter(Handle handle, UserEntry entry) {
    if (PostgresUsers.insert(handle, entry.user(), entry.passwordHash())) {
      return Outcome.TAKEN;
    }
    return PostgresUsers.exists(handle, entry.user().id())
        ? Outcome.ALREADY_HERE
        : Outcome.EMAIL_TAKEN;
  }

  private static Outcome enter(Handle handle, TokenEntry token) {
    return insert(handle, token) ? Outcome.TAKEN : whyNot(handle, token);
  }

  private static boolean insert(Handle handle, TokenEntry token) {
    return handle
            .createUpdate(
                """
                INSERT INTO token (id, user_id, kid, kind, name, issued_at, expires_at, last_used_at,
                                   taken_over)
                SELECT :id, owner.id, :kid, :kind, :name, :issued, :expires, :used, true
                FROM (SELECT id FROM users WHERE id = :user FOR KEY SHARE) AS owner
                WHERE NOT EXISTS (SELECT 1 FROM token_ended WHERE id = :id)
                ON CONFLICT DO NOTHING
                """)
            .bind("id", token.id())
            .bind("user", token.userId())
            .bind("kid", token.kid())
            .bind(
                "kind",
                token.name() == null
                    ? PostgresTokens.SESSION
                    : PostgresTokens.PERSONAL_ACCESS_TOKEN)
            .bind("name", token.name())
            .bind("issued", token.issuedAt())
            .bind("expires", token.expiresAt())
            .bind("used", token.lastUsedAt())
            .execute()
        == 1;
  }

  private static Outcome whyNot(Handle handle, TokenEntry token) {
    Optional<String> owner =
        handle
            .createQuery("SELECT user_id FROM token WHERE id = :id")
            .bind("id", token.id())
            .mapTo(String.class)
            .findOne();
    if (owner.isPresent()) {
      return owner.get().equals(token.userId()) ? Outcome.ALREADY_HERE : Outcome.ANOTHERS_TOKEN;
    }
    if (!PostgresUsers.exists(handle, token.userId())) {
      return Outcome.NO_SUCH_USER;
    }
    return isEnded(handle, token.id()) ? Outcome.ENDED : Outcome.NAME_TAKEN;
  }

  private static boolean isEnded(Handle handle, String tokenId) {
    return handle
        .createQuery("SELECT EXISTS (SELECT 1 FROM token_ended WHERE id = :id)")
        .bind("id", tokenId)
        .mapTo(Boolean.class)
        .one();
  }
}
