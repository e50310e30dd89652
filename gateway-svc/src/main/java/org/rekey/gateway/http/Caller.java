package org.rekey.gateway.http;

/// Whose good and live token a request carries.
///
/// @param token the token itself, a credential: never log it
@SuppressWarnings("ArrayRecordComponent") // passed on, never compared
public record Caller(String subject, String tokenId, byte[] token) {
  @Override
  public String toString() {
    return "Caller[subject=" + subject + ", tokenId=" + tokenId + "]";
  }
}
