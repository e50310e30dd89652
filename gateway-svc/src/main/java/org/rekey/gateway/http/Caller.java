package org.rekey.gateway.http;

import org.rekey.gateway.verdict.Verdict;

/// Whose good and live token a request carries.
///
/// @param token the token itself, a credential: never log it
@SuppressWarnings("ArrayRecordComponent") // passed on, never compared
public record Caller(Verdict.Accepted verdict, byte[] token) {

  public String subject() {
    return verdict.subject();
  }

  public String tokenId() {
    return verdict.tokenId();
  }

  @Override
  public String toString() {
    return "Caller[subject=" + subject() + ", tokenId=" + tokenId() + "]";
  }
}
