package org.rekey.useradm;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.rekey.useradm.TokenStore.Entered;
import org.rekey.useradm.TokenStore.Outdated;
import org.rekey.useradm.TokenStore.Session;
import org.rekey.useradm.UserStore.Credentials;
import org.rekey.useradm.password.PasswordHasher;
import org.rekey.verifier.serve.LiveTokens;
import org.rekey.verifier.serve.TokenVerdicts;
import org.rekey.verifier.serve.Verdict;

/// Logging in and out.
public final class Sessions {
  private final UserStore users;
  private final TokenStore tokens;
  private final PasswordHasher hasher;
  private final TokenSigner signer;
  private final TokenVerdicts verdicts;
  private final LiveTokens live;
  private final Policy policy;
  private final InstantSource clock;
  private final Supplier<UUID> ids;
  private final MeterRegistry meters;

  public Sessions(
      UserStore users,
      TokenStore tokens,
      PasswordHasher hasher,
      TokenSigner signer,
      TokenVerdicts verdicts,
      LiveTokens live,
      Policy policy,
      InstantSource clock,
      Supplier<UUID> ids,
      MeterRegistry meters) {
    this.users = users;
    this.tokens = tokens;
    this.hasher = hasher;
    this.signer = signer;
    this.verdicts = verdicts;
    this.live = live;
    this.policy = policy;
    this.clock = clock;
    this.ids = ids;
    this.meters = meters;
  }

  /// @throws PasswordHasher.Busy when too many passwords wait to be checked
  public LoginOutcome login(String email, String password, boolean noExpiry) {
    LoginOutcome outcome;
    try {
      outcome = check(email, password, noExpiry);
    } catch (RuntimeException e) {
      count("failed");
      throw e;
    }
    count(
        switch (outcome) {
          case Issued _ -> "issued";
          case Rejected _ -> "rejected";
          case KeystoreAway _ -> "keystore_away";
        });
    return outcome;
  }

  /// A password longer than any that is stored is rejected unread; that depends on nothing but the
  /// request. Every other one costs a hash, whether or not the user exists.
  private LoginOutcome check(String email, String password, boolean noExpiry) {
    if (password.length() > PasswordRules.MAX_BYTES) {
      return new Rejected();
    }
    Optional<Credentials> credentials = Email.of(email).flatMap(users::credentials);
    boolean right =
        hasher.matches(password, credentials.map(Credentials::passwordHash).orElse(null));
    return credentials
        .filter(_ -> right)
        .map(checked -> issue(checked, noExpiry))
        .orElseGet(Rejected::new);
  }

  /// Signed first, entered second, handed out last: there is no row without a token, and a token
  /// whose row could not be entered is dropped here and was never live.
  private LoginOutcome issue(Credentials checked, boolean noExpiry) {
    Instant now = clock.instant();
    Instant issuedAt = now.truncatedTo(ChronoUnit.SECONDS);
    Instant expiresAt = noExpiry ? null : issuedAt.plus(policy.lifetime());
    String tokenId = ids.get().toString();
    UserClaims claims =
        new UserClaims(tokenId, checked.userId(), policy.issuer(), issuedAt, expiresAt);
    return switch (signer.sign(claims.json())) {
      case TokenSigner.Away away -> new KeystoreAway(away.cause());
      case TokenSigner.Signed signed -> {
        Session session = new Session(tokenId, checked.userId(), signed.kid(), now, expiresAt);
        yield switch (tokens.enter(session, checked, policy.sessionsPerUser())) {
          case Outdated _ -> new Rejected();
          case Entered entered -> {
            entered.ended().forEach(live::forget);
            yield new Issued(signed.token(), tokenId, signed.kid());
          }
        };
      }
    };
  }

  /// Ends the token that is given, if it is good and live. Waits for a verdict.
  public Verdict logout(byte[] token) {
    Verdict verdict = verdicts.of(token).toCompletableFuture().join();
    if (verdict instanceof Verdict.Accepted accepted) {
      tokens.remove(accepted.tokenId(), accepted.subject());
      live.forget(accepted.tokenId());
    }
    return verdict;
  }

  private void count(String outcome) {
    meters.counter("rekey.logins", "outcome", outcome).increment();
  }

  /// @param issuer `iss`; the keystore signs for this ring under one issuer only
  /// @param lifetime from `iat` to `exp`
  /// @param sessionsPerUser 0 for any number
  public record Policy(String issuer, Duration lifetime, int sessionsPerUser) {}

  /// What became of a login.
  public sealed interface LoginOutcome {}

  /// The token is a credential.
  public record Issued(String token, String tokenId, long kid) implements LoginOutcome {
    @Override
    public String toString() {
      return "Issued[tokenId=" + tokenId + ", kid=" + kid + "]";
    }
  }

  /// Unknown user or wrong password.
  public record Rejected() implements LoginOutcome {}

  public record KeystoreAway(String cause) implements LoginOutcome {}
}
