package org.rekey.verifier.token;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.json.StrictJson;

/// The claim `cnf` (RFC 7800): what else a client must show. Only the thumbprint of a certificate
/// is understood. Anything beside it would be a condition that nobody checks, so it is not read
/// over.
public final class Confirmation {
  public static final String CLAIM = "cnf";

  /// The one member that it may have, and must.
  public static final String CERTIFICATE = "x5t#S256";

  private Confirmation() {}

  /// Reads the value of the claim.
  ///
  /// @param value its current token is the first of the value
  /// @return empty for any other shape
  public static Optional<CertificateThumbprint> read(JsonParser value) throws IOException {
    if (value.currentToken() != JsonToken.START_OBJECT) {
      return Optional.empty();
    }
    @Nullable String thumbprint = null;
    boolean isOther = false;
    while (value.nextToken() != JsonToken.END_OBJECT) {
      String name = value.currentName();
      value.nextToken();
      if (name.equals(CERTIFICATE)) {
        thumbprint = StrictJson.string(value);
      } else {
        isOther = true;
      }
      value.skipChildren();
    }
    return thumbprint == null || isOther
        ? Optional.empty()
        : CertificateThumbprint.parse(thumbprint);
  }
}
