package org.rekey.verifier.token;

import org.rekey.proto.auth.v1.Refused;

/// Why a token is refused: for logs and metrics, never for the client.
/// `rekey.auth.v1.Refused.Reason` says what each one means; some are the registry's to give and
/// never come from a [TokenVerifier].
public enum Reason {
  MALFORMED,
  UNKNOWN_KID,
  ALG_MISMATCH,
  BAD_SIGNATURE,
  EXPIRED,
  NOT_YET_VALID,
  WRONG_ISSUER,
  WRONG_PURPOSE,
  BAD_CLAIMS,
  NOT_LIVE,
  KEY_RETIRED,
  KEY_COMPROMISED,
  UNSUPPORTED_HEADER,
  WRONG_SCOPE,
  CERTIFICATE_MISMATCH;

  public Refused.Reason toProto() {
    return Refused.Reason.valueOf("REASON_" + name());
  }
}
