package org.rekey.verifier.serve;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.token.CertificateThumbprint;
import org.rekey.verifier.token.Reason;

/// What is answered about a token.
public sealed interface Verdict {

  /// Good and live, now.
  ///
  /// @param kid of the key that verified it
  /// @param expiresAt null if it never expires
  /// @param certificate the one that it is bound to; null if it is not bound
  record Accepted(
      String subject,
      String tokenId,
      long kid,
      LiveToken.Kind kind,
      @Nullable Instant expiresAt,
      @Nullable CertificateThumbprint certificate)
      implements Verdict {}

  record Refused(Reason reason) implements Verdict {}

  /// No verdict can be given now; another replica may know.
  record Unavailable(String cause) implements Verdict {}
}
