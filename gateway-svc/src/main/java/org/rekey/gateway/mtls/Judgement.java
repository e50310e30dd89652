package org.rekey.gateway.mtls;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertPathValidatorException.Reason;
import java.security.cert.PKIXReason;

/// Whether a device's certificate is good now.
public sealed interface Judgement {
  record Trusted(DeviceCertificate certificate) implements Judgement {}

  /// @param why a line for the log
  record Refused(Cause cause, String why) implements Judgement {}

  /// Why a certificate is refused.
  enum Cause {
    /// The client has shown none.
    MISSING(BasicReason.UNSPECIFIED),
    UNKNOWN_AUTHORITY(PKIXReason.NO_TRUST_ANCHOR),
    EXPIRED(BasicReason.EXPIRED),
    NOT_YET_VALID(BasicReason.NOT_YET_VALID),
    BLOCKED(BasicReason.REVOKED),
    REVOKED(BasicReason.REVOKED),
    /// There is no list that says whether it is revoked, or none in time.
    REVOCATION_UNKNOWN(BasicReason.UNDETERMINED_REVOCATION_STATUS),
    WEAK(BasicReason.ALGORITHM_CONSTRAINED),
    /// Not made for this.
    UNFIT(BasicReason.UNSPECIFIED);

    @SuppressWarnings("ImmutableEnumChecker") // all reasons are constants themselves
    private final Reason reason;

    Cause(Reason reason) {
      this.reason = reason;
    }

    /// From which the TLS engine makes its alert.
    CertPathValidatorException toException(String why) {
      return new CertPathValidatorException(why, null, null, -1, reason);
    }

    static Cause of(Reason reason) {
      if (reason instanceof BasicReason basic) {
        return switch (basic) {
          case REVOKED -> REVOKED;
          case UNDETERMINED_REVOCATION_STATUS -> REVOCATION_UNKNOWN;
          case ALGORITHM_CONSTRAINED -> WEAK;
          case EXPIRED -> EXPIRED;
          case NOT_YET_VALID -> NOT_YET_VALID;
          case INVALID_SIGNATURE, UNSPECIFIED -> UNFIT;
        };
      }
      return reason == PKIXReason.NO_TRUST_ANCHOR ? UNKNOWN_AUTHORITY : UNFIT;
    }
  }
}
