package org.rekey.gateway.http;

import java.util.function.Consumer;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.verdict.Verdict;
import org.rekey.gateway.verdict.VerdictClient;
import org.rekey.proto.auth.v1.Refused;

/// Lets a request on only with a good and live token of its audience, and answers all others.
public final class Guard {
  private final Audience audience;
  private final VerdictClient verdicts;
  private final EdgeMetrics metrics;

  public Guard(Audience audience, VerdictClient verdicts, EdgeMetrics metrics) {
    this.audience = audience;
    this.verdicts = verdicts;
    this.metrics = metrics;
  }

  /// @param then called on the event loop, unless the request has been refused
  public void admit(RequestScope scope, Consumer<Caller> then) {
    switch (Credential.of(scope.request(), audience)) {
      case Credential.Missing missing -> Answers.challenge(scope, missing.text());
      case Credential.Token token ->
          verdicts.ask(
              token.value(),
              verdict -> {
                metrics.judged(audience, verdict);
                act(scope, token, verdict, then);
              });
    }
  }

  public void close() {
    verdicts.close();
  }

  private void act(
      RequestScope scope, Credential.Token token, Verdict verdict, Consumer<Caller> then) {
    switch (verdict) {
      case Verdict.Accepted accepted ->
          then.accept(new Caller(accepted.subject(), accepted.tokenId(), token.value()));
      case Verdict.Rejected rejected -> refuse(scope, rejected.reason());
      case Verdict.Unavailable _ -> Answers.unavailable(scope);
    }
  }

  private void refuse(RequestScope scope, Refused.Reason reason) {
    boolean wrongScope = reason == Refused.Reason.REASON_WRONG_SCOPE;
    switch (audience) {
      case USERS -> {
        if (wrongScope) {
          Answers.error(scope, 403, "insufficient scope");
        } else {
          boolean notLive = reason == Refused.Reason.REASON_NOT_LIVE;
          Answers.challenge(scope, notLive ? "unauthorized" : "invalid jwt");
        }
      }
      case DEVICES -> Answers.empty(scope, wrongScope ? 403 : 401);
    }
  }
}
