package org.rekey.useradm;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.rekey.useradm.TokenStore.EndedBy;
import org.rekey.verifier.serve.LiveTokens;

/// Tokens that users make for their tools, and the operator's way to end tokens of any kind. The
/// texts of refusals are what clients of the Mender server know.
public final class PersonalAccessTokens {
  private final TokenStore store;
  private final TokenSigner signer;
  private final LiveTokens live;
  private final Policy policy;
  private final InstantSource clock;
  private final Supplier<UUID> ids;

  public PersonalAccessTokens(
      TokenStore store,
      TokenSigner signer,
      LiveTokens live,
      Policy policy,
      InstantSource clock,
      Supplier<UUID> ids) {
    this.store = store;
    this.signer = signer;
    this.live = live;
    this.policy = policy;
    this.clock = clock;
    this.ids = ids;
  }

  /// @param expiresIn seconds; 0 for ever
  /// @param madeWith the token with which it is asked for; empty for an operator
  public Outcome create(String userId, String name, long expiresIn, String madeWith) {
    Optional<String> problem = problemOf(name, expiresIn);
    if (problem.isPresent()) {
      return new Refused(Rule.INVALID_FIELD, problem.get());
    }
    return Ids.isPossible(userId)
        ? issue(userId, name, expiresIn, madeWith)
        : refused(Rule.USER_NOT_FOUND);
  }

  private Optional<String> problemOf(String name, long expiresIn) {
    FieldProblems problems = new FieldProblems();
    problems.add("name", TokenNames.problemOf(name));
    long longest = policy.longestLife().toSeconds();
    if (expiresIn < 0) {
      problems.add("expires_in", "must be no less than 0");
    } else if (expiresIn > longest) {
      problems.add("expires_in", "must be no greater than " + longest);
    }
    return problems.line();
  }

  /// Signed first, entered second, handed out last; see [Sessions].
  private Outcome issue(String userId, String name, long expiresIn, String madeWith) {
    Instant now = clock.instant();
    Instant issuedAt = now.truncatedTo(ChronoUnit.SECONDS);
    Instant expiresAt = expiresIn == 0 ? null : issuedAt.plusSeconds(expiresIn);
    String id = ids.get().toString();
    UserClaims claims = new UserClaims(id, userId, policy.issuer(), issuedAt, expiresAt);
    return switch (signer.sign(claims.json())) {
      case TokenSigner.Away away -> new KeystoreAway(away.cause());
      case TokenSigner.Signed signed -> {
        var token =
            new PersonalAccessToken(
                id,
                userId,
                name,
                signed.kid(),
                now.truncatedTo(ChronoUnit.MILLIS),
                expiresAt,
                null);
        yield switch (store.enter(
            token, policy.tokensPerUser(), madeWith.isEmpty() ? null : madeWith)) {
          case ENTERED -> new Issued(signed.token(), id, signed.kid());
          case NO_SUCH_USER -> refused(Rule.USER_NOT_FOUND);
          case NAME_TAKEN -> refused(Rule.NAME_TAKEN);
          case TOO_MANY -> refused(Rule.TOO_MANY);
          case CALLER_ENDED -> new CallerEnded();
        };
      }
    };
  }

  /// In the order in which they were made, without those that have expired.
  public List<PersonalAccessToken> list(String userId) {
    return Ids.isPossible(userId) ? store.personal(userId, clock.instant()) : List.of();
  }

  /// Ends one token of a user, personal or not; nothing happens if there is none.
  public void revoke(String userId, String tokenId) {
    if (Ids.isPossible(userId) && Ids.isPossible(tokenId)) {
      var _ = store.remove(tokenId, userId, EndedBy.REVOCATION);
      live.forget(tokenId);
    }
  }

  /// Ends all tokens of a user.
  ///
  /// @return how many
  public long revokeAllOf(String userId) {
    if (!Ids.isPossible(userId)) {
      return 0;
    }
    List<String> ended = store.removeAllOf(userId);
    ended.forEach(live::forget);
    return ended.size();
  }

  /// Ends all tokens of everybody.
  ///
  /// @return how many
  public long revokeEverything() {
    long ended = store.removeEverything();
    live.forgetAll();
    return ended;
  }

  private static Refused refused(Rule rule) {
    return new Refused(
        rule,
        switch (rule) {
          case NAME_TAKEN -> "Personal Access Token with a given name already exists";
          case TOO_MANY -> "maximum number of personal acess tokens reached for this user";
          case USER_NOT_FOUND -> "user not found";
          case INVALID_FIELD -> throw new IllegalArgumentException("the field has to be named");
        });
  }

  /// @param issuer `iss`; the keystore signs for this ring under one issuer only
  /// @param longestLife of a token that expires; any may be made that never does
  /// @param tokensPerUser 0 for any number
  public record Policy(String issuer, Duration longestLife, int tokensPerUser) {}

  /// What became of the wish for a token.
  public sealed interface Outcome {}

  /// The token with which it was asked for has ended meanwhile.
  public record CallerEnded() implements Outcome {}

  /// The token is a credential.
  public record Issued(String token, String tokenId, long kid) implements Outcome {
    @Override
    public String toString() {
      return "Issued[tokenId=" + tokenId + ", kid=" + kid + "]";
    }
  }

  public record Refused(Rule rule, String problem) implements Outcome {}

  public record KeystoreAway(String cause) implements Outcome {}

  /// Why not.
  public enum Rule {
    INVALID_FIELD,
    NAME_TAKEN,
    TOO_MANY,
    USER_NOT_FOUND
  }
}
