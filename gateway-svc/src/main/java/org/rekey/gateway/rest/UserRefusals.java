package org.rekey.gateway.rest;

import java.time.Duration;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.proto.useradm.v1.UserRefusal;

/// How it is told that a user was not made or changed.
///
/// @param weakPassword the status of a password that breaks a rule
record UserRefusals(int weakPassword) {
  void answer(RequestScope scope, UserRefusal refusal) {
    switch (refusal.getRule()) {
      case RULE_INVALID_FIELD -> Answers.error(scope, 400, refusal.getProblem());
      case RULE_WEAK_PASSWORD -> Answers.error(scope, weakPassword, refusal.getProblem());
      case RULE_EMAIL_TAKEN -> Answers.error(scope, 422, "user with a given email already exists");
      case RULE_ID_TAKEN -> Answers.error(scope, 422, "user with a given id already exists");
      case RULE_WRONG_CURRENT_PASSWORD -> Answers.error(scope, 422, "current password mismatch");
      case RULE_OTHERS_PASSWORD -> Answers.error(scope, 422, "password cannot be modified");
      case RULE_NOTHING_TO_CHANGE -> Answers.error(scope, 400, "no update information provided");
      case RULE_NOT_FOUND -> Answers.error(scope, 404, "user not found");
      case RULE_CHANGED_MEANWHILE ->
          Answers.error(scope, 409, "entity tag did not match any records");
      case RULE_TOO_MANY_FAILURES ->
          Answers.tooManyRequests(
              scope,
              Duration.ofSeconds(
                  refusal.getRetryAfter().getSeconds(), refusal.getRetryAfter().getNanos()));
      case RULE_UNSPECIFIED, UNRECOGNIZED -> Answers.error(scope, 500, "internal error");
    }
  }
}
