package org.rekey.bench.load;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.rekey.proto.auth.v1.VerifyRequest;

/// Live tokens of users who never logged in: signed by the [TokenMint], and their rows put into
/// useradm-svc's tables as a login would have. A million real logins would take hours.
public final class RegisteredTokens implements AutoCloseable {
  /// As many sessions as a user may have.
  private static final int PER_USER = 10;

  private static final int USERS_AT_ONCE = 1000;

  private final TokenMint mint;
  private final Connection useradm;
  private final List<VerifyRequest> requests = new ArrayList<>();

  private RegisteredTokens(TokenMint mint, Connection useradm) {
    this.mint = mint;
    this.useradm = useradm;
  }

  public static RegisteredTokens none(RekeyUp instance, TokenMint mint) {
    try {
      return new RegisteredTokens(mint, instance.database("useradm"));
    } catch (SQLException e) {
      throw new IllegalStateException("PostgreSQL cannot be reached", e);
    }
  }

  /// Those that are there already come first and are the same as before.
  ///
  /// @param total with those that are there already
  /// @param made told of the new ones
  public List<VerifyRequest> growTo(int total, Progress.Count made) {
    try {
      while (requests.size() < total) {
        int more = Math.min(total - requests.size(), USERS_AT_ONCE * PER_USER);
        add(more);
        made.add(more);
      }
      // Now, and not by autovacuum in the middle of a round.
      try (Statement statement = useradm.createStatement()) {
        statement.execute("VACUUM (ANALYZE) users, token");
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the tokens' rows cannot be made", e);
    }
    return List.copyOf(requests);
  }

  private void add(int count) throws SQLException {
    Instant now = Instant.now();
    List<String> users =
        Stream.generate(() -> UUID.randomUUID().toString())
            .limit((count + PER_USER - 1) / PER_USER)
            .toList();
    List<MintedToken> tokens =
        IntStream.range(0, count)
            .parallel()
            .mapToObj(i -> mint.ofUser(users.get(i / PER_USER), now))
            .toList();
    insertUsers(users, now);
    insertTokens(tokens);
    tokens.stream().map(MintedToken::verifyRequest).forEach(requests::add);
  }

  private void insertUsers(List<String> ids, Instant now) throws SQLException {
    try (PreparedStatement insert =
        useradm.prepareStatement(
            """
            INSERT INTO users (id, email, password_hash, created_at, updated_at)
            SELECT id, 'live-' || id || '@example.com', 'none', ?, ? FROM unnest(?) AS id
            """)) {
      insert.setObject(1, sql(now));
      insert.setObject(2, sql(now));
      insert.setArray(3, useradm.createArrayOf("text", ids.toArray()));
      insert.execute();
    }
  }

  /// @param tokens all of one time
  private void insertTokens(List<MintedToken> tokens) throws SQLException {
    try (PreparedStatement insert =
        useradm.prepareStatement(
            """
            INSERT INTO token (id, user_id, kid, kind, issued_at, expires_at)
            SELECT id, user_id, ?, 'session', ?, ? FROM unnest(?, ?) AS token (id, user_id)
            """)) {
      insert.setLong(1, TokenMint.KID);
      insert.setObject(2, sql(tokens.getFirst().issuedAt()));
      insert.setObject(3, sql(tokens.getFirst().expiresAt()));
      insert.setArray(4, texts(tokens, MintedToken::id));
      insert.setArray(5, texts(tokens, MintedToken::subject));
      insert.execute();
    }
  }

  private Array texts(List<MintedToken> tokens, Function<MintedToken, String> text)
      throws SQLException {
    return useradm.createArrayOf("text", tokens.stream().map(text).toArray());
  }

  private static OffsetDateTime sql(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  @Override
  public void close() {
    try {
      useradm.close();
    } catch (SQLException e) {
      throw new IllegalStateException("a connection to PostgreSQL cannot be closed", e);
    }
  }
}
