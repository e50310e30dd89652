package org.rekey.gateway.http;

import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.mtls.DeviceCertificate;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.verdict.Verdict;
import org.rekey.gateway.verdict.VerdictClient;

/// Lets a request on only with a good and live token of its audience, and answers all others.
public final class Guard {
  private static final byte[] NONE = {};

  private final Audience audience;
  private final VerdictClient verdicts;
  private final EdgeMetrics metrics;
  private final int maxWaiting;
  private int waiting;

  /// @param maxWaiting how many may wait for a verdict; more would only wait longer
  public Guard(Audience audience, VerdictClient verdicts, EdgeMetrics metrics, int maxWaiting) {
    this.maxWaiting = maxWaiting;
    this.audience = audience;
    this.verdicts = verdicts;
    this.metrics = metrics;
  }

  /// @param then called on the event loop, unless the request has been refused
  public void admit(RequestScope scope, Consumer<Caller> then) {
    judge(
        scope,
        caller -> then.accept(scope.from(caller)),
        refusal -> Answers.refuse(scope, refusal));
  }

  /// Calls one of the two, on the event loop.
  public void judge(RequestScope scope, Consumer<Caller> admitted, Consumer<Refusal> refused) {
    judge(
        Credential.of(scope.request(), audience),
        shown(scope.certificate()),
        (verdict, nanos) -> scope.seen().judged(audience, verdict, nanos),
        admitted,
        refused);
  }

  /// The same for a request that is not at hand, of a client that has shown no certificate.
  public void judge(Credential credential, Consumer<Caller> admitted, Consumer<Refusal> refused) {
    judge(
        credential,
        NONE,
        (verdict, nanos) -> metrics.judged(audience, verdict, nanos),
        admitted,
        refused);
  }

  private void judge(
      Credential credential,
      byte[] certificateSha256,
      ObjLongConsumer<Verdict> judged,
      Consumer<Caller> admitted,
      Consumer<Refusal> refused) {
    switch (credential) {
      case Credential.Missing missing -> refused.accept(Refusal.challenge(missing.text()));
      case Credential.Token _ when waiting >= maxWaiting -> refused.accept(Refusal.UNAVAILABLE);
      case Credential.Token token -> {
        long asked = System.nanoTime();
        waiting++;
        verdicts.ask(
            token.value(),
            certificateSha256,
            verdict -> {
              waiting--;
              judged.accept(verdict, System.nanoTime() - asked);
              switch (verdict) {
                case Verdict.Accepted accepted ->
                    admitted.accept(new Caller(audience, accepted, token.value()));
                case Verdict.Rejected rejected ->
                    refused.accept(Refusal.of(audience, rejected.reason()));
                case Verdict.Unavailable _ -> refused.accept(Refusal.UNAVAILABLE);
              }
            });
      }
    }
  }

  private static byte[] shown(@Nullable DeviceCertificate certificate) {
    return certificate == null ? NONE : certificate.sha256();
  }

  public void close() {
    verdicts.close();
  }
}
