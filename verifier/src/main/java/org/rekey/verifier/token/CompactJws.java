package org.rekey.verifier.token;

import java.util.Optional;
import org.rekey.verifier.json.StrictJson;

/// A token taken apart: three parts of strict base64url, whatever they hold.
final class CompactJws {
  /// Room for every claim that Mender or we write, several times over, beside the longest signature
  /// (ML-DSA-87: 6170 characters). Less than the gateway's limit on all headers of a request.
  static final int MAX_BYTES = 12 * 1024;

  /// For header and claims.
  static final StrictJson JSON = new StrictJson(8, 20, MAX_BYTES);

  private final byte[] token;
  private final int headerEnd;
  private final int payloadEnd;
  private final byte[] payload;
  private final byte[] signature;

  private CompactJws(
      byte[] token, int headerEnd, int payloadEnd, byte[] payload, byte[] signature) {
    this.token = token;
    this.headerEnd = headerEnd;
    this.payloadEnd = payloadEnd;
    this.payload = payload;
    this.signature = signature;
  }

  /// Empty for everything else, encrypted tokens (five parts) included.
  static Optional<CompactJws> parse(byte[] token) {
    if (token.length > MAX_BYTES) {
      return Optional.empty();
    }
    var headerEnd = indexOfDot(token, 0);
    var payloadEnd = indexOfDot(token, headerEnd + 1);
    if (headerEnd <= 0 || payloadEnd < 0 || indexOfDot(token, payloadEnd + 1) >= 0) {
      return Optional.empty();
    }
    return Base64Url.decode(token, headerEnd + 1, payloadEnd)
        .flatMap(
            payload ->
                Base64Url.decode(token, payloadEnd + 1, token.length)
                    .map(
                        signature ->
                            new CompactJws(token, headerEnd, payloadEnd, payload, signature)));
  }

  byte[] token() {
    return token;
  }

  int headerEnd() {
    return headerEnd;
  }

  /// The signing input is the token up to here.
  int payloadEnd() {
    return payloadEnd;
  }

  byte[] payload() {
    return payload;
  }

  byte[] signature() {
    return signature;
  }

  private static int indexOfDot(byte[] token, int from) {
    for (int i = from; i < token.length; i++) {
      if (token[i] == '.') {
        return i;
      }
    }
    return -1;
  }
}
