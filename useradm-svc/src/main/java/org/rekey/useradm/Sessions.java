package org.rekey.useradm;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.rekey.useradm.TokenStore.EndedBy;
import org.rekey.useradm.TokenStore.Entered;
import org.rekey.useradm.TokenStore.Outdated;
import org.rekey.useradm.TokenStore.Session;
import org.rekey.useradm.UserStore.Credentials;
import org.rekey.useradm.password.PasswordHasher;
import org.rekey.verifier.serve.LiveTokens;
import org.rekey.verifier.serve.TokenVerdicts;
import org.rekey.verifier.serve.Verdict;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logging in and out.
public final class Sessions {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

  /// More than the hashes' queue holds; so a flood of logins waits neither for threads nor for
  /// connections of the database.
  private static final int MAX_UNDER_WAY = 100;

  private final Semaphore underWay = new Semaphore(MAX_UNDER_WAY);
  private final UserStore users;
  private final TokenStore tokens;
  private final PasswordHasher hasher;
  private final PasswordGate gate;
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
      PasswordGate gate,
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
    this.gate = gate;
    this.signer = signer;
    this.verdicts = verdicts;
    this.live = live;
    this.policy = policy;
    this.clock = clock;
    this.ids = ids;
    this.meters = meters;
  }

  /// @param address the client's; see [FailedLogins]
  /// @throws PasswordHasher.Busy when too many passwords wait to be checked
  public LoginOutcome login(String email, String password, boolean noExpiry, String address) {
    LoginOutcome outcome;
    if (!underWay.tryAcquire()) {
      count("busy");
      throw new PasswordHasher.Busy();
    }
    try {
      outcome = check(email, password, noExpiry, address);
    } catch (RuntimeException e) {
      count("failed");
      throw e;
    } finally {
      underWay.release();
    }
    count(
        switch (outcome) {
          case Issued _ -> "issued";
          case Rejected _ -> "rejected";
          case Throttled _ -> "throttled";
          case KeystoreAway _ -> "keystore_away";
        });
    return outcome;
  }

  /// A second time when the hash was replaced while the token was made: another login of the same
  /// user may have put a better one in its place, and the password is as right as before.
  private LoginOutcome check(String name, String password, boolean noExpiry, String address) {
    return attempt(name, password, noExpiry, address)
        .or(() -> attempt(name, password, noExpiry, address))
        .orElseGet(Rejected::new);
  }

  /// Empty when what the password was checked against is no longer true.
  private Optional<LoginOutcome> attempt(
      String name, String password, boolean noExpiry, String address) {
    Email email = Email.of(name).orElse(null);
    Optional<Duration> wait = gate.mustWait(email, address);
    if (wait.isPresent()) {
      return Optional.of(new Throttled(wait.get()));
    }
    Credentials found = email == null ? null : users.credentials(email).orElse(null);
    String hash = found == null ? null : found.passwordHash();
    return switch (gate.check(email, address, password, hash)) {
      case PasswordGate.MustWait(Duration time) -> Optional.of(new Throttled(time));
      case PasswordGate.Wrong _ -> Optional.of(new Rejected());
      case PasswordGate.Right(boolean outdated) -> {
        // No hash, no right password.
        Credentials checked = Objects.requireNonNull(found);
        Optional<LoginOutcome> outcome = issue(checked, noExpiry);
        if (outdated && outcome.orElse(null) instanceof Issued) {
          rehash(checked, password);
        }
        yield outcome;
      }
    };
  }

  /// Whoever logs in pays once for the better hash; if that cannot be now, next time.
  private void rehash(Credentials checked, String password) {
    try {
      var _ = users.rehash(checked, hasher.hash(password));
    } catch (RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("userId", checked.userId())
          .addKeyValue("error", e.toString())
          .log("an outdated password hash stays for now");
    }
  }

  /// Signed first, entered second, handed out last: there is no row without a token, and a token
  /// whose row could not be entered is dropped here and was never live.
  private Optional<LoginOutcome> issue(Credentials checked, boolean noExpiry) {
    Instant now = clock.instant();
    Instant issuedAt = now.truncatedTo(ChronoUnit.SECONDS);
    Instant expiresAt = noExpiry ? null : issuedAt.plus(policy.lifetime());
    String tokenId = ids.get().toString();
    UserClaims claims =
        new UserClaims(tokenId, checked.userId(), policy.issuer(), issuedAt, expiresAt);
    return switch (signer.sign(claims.json())) {
      case TokenSigner.Away away -> Optional.of(new KeystoreAway(away.cause()));
      case TokenSigner.Signed signed -> {
        Session session = new Session(tokenId, checked.userId(), signed.kid(), now, expiresAt);
        yield switch (tokens.enter(session, checked, policy.sessionsPerUser())) {
          case Outdated _ -> Optional.empty();
          case Entered entered -> {
            entered.ended().forEach(live::forget);
            yield Optional.of(new Issued(signed.token(), tokenId, signed.kid()));
          }
        };
      }
    };
  }

  /// Ends the token that is given, if it is good and live. Waits for a verdict.
  public Verdict logout(byte[] token) {
    Verdict verdict = verdicts.of(token).toCompletableFuture().join();
    if (verdict instanceof Verdict.Accepted accepted) {
      var _ = tokens.remove(accepted.tokenId(), accepted.subject(), EndedBy.LOGOUT);
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

  /// Too many failures; the password was not looked at.
  public record Throttled(Duration retryAfter) implements LoginOutcome {}

  public record KeystoreAway(String cause) implements LoginOutcome {}
}
