package org.rekey.gateway.http;

import org.rekey.gateway.route.Audience;
import org.rekey.gateway.verdict.Verdict;

/// Whose good and live token a request carries.
///
/// @param token the token itself, a credential: never log it
@SuppressWarnings("ArrayRecordComponent") // passed on, never compared
public record Caller(Audience audience, Verdict.Accepted verdict, byte[] token) {

  public String subject() {
    return verdict.subject();
  }

  public String tokenId() {
    return verdict.tokenId();
  }

  /// Of the key under which the token was signed.
  public long kid() {
    return verdict.kid();
  }

  @Override
  public String toString() {
    return "Caller[audience=%s, subject=%s, tokenId=%s]".formatted(audience, subject(), tokenId());
  }
}
