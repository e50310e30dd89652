package org.rekey.verifier.token;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.follow.KeySource;
import org.rekey.verifier.follow.PullOutcome;
import org.rekey.verifier.key.CryptoProvider;
import org.rekey.verifier.map.KnownKey;
import org.rekey.verifier.map.Purpose;
import org.rekey.verifier.token.Check.Refused;
import org.rekey.verifier.token.Check.Unavailable;
import org.rekey.verifier.token.Check.UnknownKid;
import org.rekey.verifier.token.Check.Verdict;

/// Tells good tokens from bad ones with the keys of the kid map. Safe for use by any number of
/// threads.
///
/// ```java
/// switch (verifier.check("useradm", token, now)) {
///   case Check.Verdict verdict -> answer(verdict);
///   case Check.UnknownKid _ ->
///       verifier.checkOrPull("useradm", token, now).thenAccept(this::answer);
/// }
/// ```
public final class TokenVerifier {
  private static final Executor VIRTUAL = Thread::startVirtualThread;

  private final KeySource keys;
  private final CryptoProvider crypto;
  private final TokenVerifierConfig config;
  private final HeaderCache headers;
  private final SignatureMemory signatures;
  private final UnknownKids unknownKids;
  private final AtomicInteger waiting = new AtomicInteger();

  public TokenVerifier(KeySource keys, TokenVerifierConfig config) {
    this(keys, config, CryptoProvider.preferred(), Ticker.systemTicker());
  }

  /// With a crypto provider of the caller's choice and a clock for what is remembered. What the
  /// provider leaves out this verifier has no verdict on, and its follower must not report
  /// ([org.rekey.verifier.follow.FollowerConfig#withAlgs]).
  public TokenVerifier(
      KeySource keys, TokenVerifierConfig config, CryptoProvider crypto, Ticker ticker) {
    this.keys = keys;
    this.config = config;
    this.crypto = crypto;
    this.headers = new HeaderCache(config.rememberedHeaders());
    this.signatures = new SignatureMemory(config.rememberedSignatures());
    this.unknownKids = new UnknownKids(config.unknownKids(), config.unknownKidFor(), ticker);
  }

  /// Judges a token of a client that has shown no certificate: one that is bound to a certificate
  /// is refused.
  public Check check(String ring, byte[] token, Instant now) {
    return check(ring, token, null, now);
  }

  /// Judges a token with the keys at hand. Never blocks and never asks anybody, so it may run on an
  /// event loop.
  ///
  /// @param ring whose tokens are wanted; the token has no say in it
  /// @param token the compact JWS as it came; not kept, not changed
  /// @param certificate the one that the client has proved to hold, to which the token must be
  ///     bound; null: it has shown none, and the token must not be bound
  public Check check(
      String ring, byte[] token, @Nullable CertificateThumbprint certificate, Instant now) {
    return check(ring, read(token), certificate, now);
  }

  /// For those who will ask about the token again.
  ///
  /// @param token the compact JWS as it came; kept, and not to be changed any more
  public ReadToken read(byte[] token) {
    return CompactJws.parse(token)
        .map(jws -> ReadToken.of(jws, headers.read(jws)))
        .orElseGet(ReadToken::malformed);
  }

  /// As above, of a token that was read before.
  public Check check(
      String ring, ReadToken token, @Nullable CertificateThumbprint certificate, Instant now) {
    requireRing(ring);
    return switch (token.header()) {
      case Header.Unusable(var reason) -> new Refused(reason);
      case Header.Hint header -> {
        var key = keys.map().find(ring, header.kid());
        yield key.isPresent()
            ? check(token, header, key.get(), certificate, now)
            : new UnknownKid(header.kid());
      }
    };
  }

  /// The same, but where the kid is not known the log is asked before the token is called bad: one
  /// call for all who wait, not more often than the source allows. Completed at once wherever
  /// [#check] has a verdict; otherwise it completes on a virtual thread.
  public CompletionStage<Verdict> checkOrPull(String ring, byte[] token, Instant now) {
    return checkOrPull(ring, token, null, now);
  }

  /// As above, of a client that has shown a certificate.
  public CompletionStage<Verdict> checkOrPull(
      String ring, byte[] token, @Nullable CertificateThumbprint certificate, Instant now) {
    return checkOrPull(ring, read(token), certificate, now);
  }

  /// As above, of a token that was read before.
  public CompletionStage<Verdict> checkOrPull(
      String ring, ReadToken token, @Nullable CertificateThumbprint certificate, Instant now) {
    return switch (check(ring, token, certificate, now)) {
      case Verdict verdict -> CompletableFuture.completedFuture(verdict);
      case UnknownKid(var kid) -> pull(ring, kid, token, certificate, now);
    };
  }

  private CompletionStage<Verdict> pull(
      String ring,
      long kid,
      ReadToken token,
      @Nullable CertificateThumbprint certificate,
      Instant now) {
    if (keys.isWaitedFor() && unknownKids.contains(ring, kid, keys.map().epoch())) {
      return CompletableFuture.completedFuture(new Refused(Reason.UNKNOWN_KID));
    }
    if (waiting.incrementAndGet() > config.maxWaiting()) {
      waiting.decrementAndGet();
      return CompletableFuture.completedFuture(
          new Unavailable("too many tokens of unknown kid wait for the key log"));
    }
    return keys.pull()
        .toCompletableFuture()
        .copy()
        .completeOnTimeout(
            new PullOutcome.Failed("no answer in time"),
            config.maxWait().toMillis(),
            TimeUnit.MILLISECONDS)
        .thenApplyAsync(outcome -> checkAgain(ring, token, certificate, now, outcome), VIRTUAL)
        .whenComplete((_, _) -> waiting.decrementAndGet());
  }

  private Verdict checkAgain(
      String ring,
      ReadToken token,
      @Nullable CertificateThumbprint certificate,
      Instant now,
      PullOutcome outcome) {
    var epoch = keys.map().epoch();
    return switch (check(ring, token, certificate, now)) {
      case Verdict verdict -> verdict;
      case UnknownKid(var kid) ->
          switch (outcome) {
            case PullOutcome.CaughtUp _ -> {
              unknownKids.remember(ring, kid, epoch);
              yield new Refused(Reason.UNKNOWN_KID);
            }
            case PullOutcome.Failed(var cause) -> new Unavailable("key log: " + cause);
          };
    };
  }

  /// What is cheap and refuses comes before the signature; what only the signature makes worth
  /// reading comes after it.
  private Verdict check(
      ReadToken token,
      Header.Hint header,
      KnownKey key,
      @Nullable CertificateThumbprint certificate,
      Instant now) {
    if (header.alg() != key.alg()) {
      return new Refused(Reason.ALG_MISMATCH);
    }
    return switch (key.state()) {
      case RETIRED -> new Refused(Reason.KEY_RETIRED);
      case COMPROMISED -> new Refused(Reason.KEY_COMPROMISED);
      case ANNOUNCED, ACTIVE, VERIFY_ONLY -> {
        if (!crypto.supports(key.alg())) {
          yield new Unavailable("not checked here: " + key.alg().jwsName());
        }
        var payload = signedBy(key, token, header);
        yield payload == null
            ? new Refused(Reason.BAD_SIGNATURE)
            : payload.judge(key, certificate, now);
      }
    };
  }

  /// What the token says; null if its signature is not good.
  private @Nullable Payload signedBy(KnownKey key, ReadToken token, Header.Hint header) {
    var known = token.payload(key);
    if (known != null) {
      return known;
    }
    var jws = token.jws();
    var payload = signatures.payload(jws, key, () -> verifies(jws, key));
    if (payload != null) {
      headers.remember(jws, header);
      if (signatures.isOn()) {
        token.signed(key, payload);
      }
    }
    return payload;
  }

  private boolean verifies(CompactJws jws, KnownKey key) {
    return crypto.verify(
        key.alg(), key.publicKey(), jws.token(), 0, jws.payloadEnd(), jws.signature());
  }

  private static void requireRing(String ring) {
    if (Purpose.ofRing(ring).isEmpty()) {
      throw new IllegalArgumentException(
          "ring: " + ring + " (expected: useradm, deviceauth or artifact)");
    }
  }
}
