package org.rekey.gateway.oauth;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Base64;
import java.util.Optional;

/// What a compact JWS says before anybody has checked it.
final class UnverifiedClaims {
  /// The same as issuers allow.
  private static final int MAX_BYTES = 8192;

  private static final int SHA256_BYTES = 32;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  private UnverifiedClaims() {}

  /// SHA-256 of the certificate that the token says to be bound to (RFC 8705 §3.1); empty if none.
  static byte[] certificate(JsonNode claims) {
    try {
      byte[] hash = Base64.getUrlDecoder().decode(claims.path("cnf").path("x5t#S256").asText(""));
      return hash.length == SHA256_BYTES ? hash : new byte[0];
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  /// Empty for what no issuer would accept.
  static Optional<JsonNode> of(String token) {
    int first = token.indexOf('.');
    int second = token.indexOf('.', first + 1);
    if (token.length() > MAX_BYTES || first < 0 || second < 0) {
      return Optional.empty();
    }
    try {
      byte[] payload = Base64.getUrlDecoder().decode(token.substring(first + 1, second));
      return Optional.of(JSON.readTree(payload)).filter(JsonNode::isObject);
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
