package org.rekey.verifier.serve;

import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.token.CertificateThumbprint;
import org.rekey.verifier.token.Check;
import org.rekey.verifier.token.ReadToken;
import org.rekey.verifier.token.Reason;
import org.rekey.verifier.token.TokenVerifier;

/// The whole verdict on a token of one ring: signature and claims by the kid map, then the
/// registry's word.
public final class TokenVerdicts {
  private final String ring;
  private final TokenVerifier verifier;
  private final LiveTokens live;
  private final InstantSource clock;
  private final VerdictCounters counters;
  private final Consumer<Verdict.Accepted> used;

  /// @param used told of every token that is accepted; must be quick and not throw
  TokenVerdicts(
      String ring,
      TokenVerifier verifier,
      LiveTokens live,
      Consumer<Verdict.Accepted> used,
      InstantSource clock,
      VerdictCounters counters) {
    this.ring = ring;
    this.verifier = verifier;
    this.live = live;
    this.used = used;
    this.clock = clock;
    this.counters = counters;
  }

  /// Never blocks. Complete at once when the kid is known and the registry's word is remembered;
  /// otherwise it completes on a virtual thread. Never exceptionally.
  ///
  /// @param token the compact JWS as it came, from a client that has shown no certificate
  public CompletionStage<Verdict> of(byte[] token) {
    return of(read(token), null);
  }

  /// @param token kept by those who will ask about it again, and not to be changed any more
  ReadToken read(byte[] token) {
    return verifier.read(token);
  }

  /// @param certificate the one that the client has proved to hold; null: none
  CompletionStage<Verdict> of(ReadToken token, @Nullable CertificateThumbprint certificate) {
    return switch (verifier.check(ring, token, certificate, clock.instant())) {
      case Check.Verdict check -> of(check, token, certificate);
      case Check.UnknownKid _ ->
          verifier
              .checkOrPull(ring, token, certificate, clock.instant())
              .thenCompose(check -> of(check, token, certificate));
    };
  }

  private CompletionStage<Verdict> of(
      Check.Verdict check, ReadToken token, @Nullable CertificateThumbprint certificate) {
    return switch (check) {
      case Check.Refused(Reason reason) -> now(new Verdict.Refused(reason));
      case Check.Unavailable(String cause) -> now(new Verdict.Unavailable(cause));
      case Check.Verified verified -> {
        Liveness remembered = live.remembered(verified.claims().tokenId());
        yield remembered == null
            ? live.ask(verified.claims().tokenId())
                .thenApply(word -> late(token, certificate, word))
            : now(verdict(verified, remembered));
      }
    };
  }

  /// The registry may have taken its time: the key may be retired and the token expired since.
  private Verdict late(
      ReadToken token, @Nullable CertificateThumbprint certificate, Liveness liveness) {
    return told(
        switch (verifier.check(ring, token, certificate, clock.instant())) {
          case Check.Verified verified -> verdict(verified, liveness);
          case Check.Refused(Reason reason) -> new Verdict.Refused(reason);
          case Check.Unavailable(String cause) -> new Verdict.Unavailable(cause);
          case Check.UnknownKid _ -> new Verdict.Unavailable("the kid map was replaced");
        });
  }

  private CompletionStage<Verdict> now(Verdict verdict) {
    return CompletableFuture.completedFuture(told(verdict));
  }

  private Verdict told(Verdict verdict) {
    if (verdict instanceof Verdict.Accepted accepted) {
      used.accept(accepted);
    }
    return counters.counted(verdict);
  }

  private static Verdict verdict(Check.Verified verified, Liveness liveness) {
    var claims = verified.claims();
    return switch (liveness) {
      case Liveness.Live(LiveToken token) when token.subject().equals(claims.subject()) ->
          new Verdict.Accepted(
              claims.subject(),
              claims.tokenId(),
              verified.key().kid(),
              token.kind(),
              claims.expiresAt(),
              claims.certificate());
      case Liveness.Live _, Liveness.NotLive _ -> new Verdict.Refused(Reason.NOT_LIVE);
      case Liveness.Unknown(String cause) -> new Verdict.Unavailable(cause);
    };
  }
}
