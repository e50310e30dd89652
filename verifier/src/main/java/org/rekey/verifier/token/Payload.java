package org.rekey.verifier.token;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.map.KnownKey;
import org.rekey.verifier.map.Purpose;

/// What the payload of a token says: a function of its bytes and of nothing else, so it may be
/// remembered with the fact that its signature is good.
sealed interface Payload {

  /// Whether the key may vouch for it now.
  ///
  /// @param shown the certificate that came with it; null: none
  Check.Verdict judge(KnownKey key, @Nullable CertificateThumbprint shown, Instant now);

  /// No strict JSON, or without the claims that every token has.
  record Unusable(Reason reason) implements Payload {
    @Override
    public Check.Verdict judge(KnownKey key, @Nullable CertificateThumbprint shown, Instant now) {
      return new Check.Refused(reason);
    }
  }

  /// @param scope `scp`
  /// @param isUser `mender.user`
  /// @param isDevice `mender.device`
  /// @param certificate `cnf`; null if it is not bound
  record Said(
      String issuer,
      String subject,
      String tokenId,
      @Nullable String scope,
      boolean isUser,
      boolean isDevice,
      @Nullable Long issued,
      @Nullable Long notBefore,
      @Nullable Long expires,
      @Nullable CertificateThumbprint certificate)
      implements Payload {
    static final long NOT_BEFORE_SKEW_SECONDS = 60;

    /// Year 9999, the last that a protobuf timestamp can hold.
    private static final long LAST_SECOND = 253_402_300_799L;

    private static final String USER_SCOPE = "mender.*";

    @Override
    public Check.Verdict judge(KnownKey key, @Nullable CertificateThumbprint shown, Instant now) {
      if (!issuer.equals(key.issuer())) {
        return new Check.Refused(Reason.WRONG_ISSUER);
      }
      var purpose = purposeFlaw(key.purpose());
      if (purpose != null) {
        return new Check.Refused(purpose);
      }
      var time = timeFlaw(now.getEpochSecond());
      if (time != null) {
        return new Check.Refused(time);
      }
      if (!Objects.equals(certificate, shown)) {
        return new Check.Refused(Reason.CERTIFICATE_MISMATCH);
      }
      return new Check.Verified(
          new Claims(
              issuer,
              subject,
              tokenId,
              key.purpose(),
              instant(issued),
              instant(expires),
              certificate),
          key);
    }

    private @Nullable Reason purposeFlaw(Purpose purpose) {
      return switch (purpose) {
        case USER -> isUser && !isDevice ? scopeFlaw() : Reason.WRONG_PURPOSE;
        case DEVICE -> isDevice && !isUser ? null : Reason.WRONG_PURPOSE;
        case ARTIFACT -> Reason.WRONG_PURPOSE;
      };
    }

    private @Nullable Reason scopeFlaw() {
      if (scope == null) {
        return Reason.BAD_CLAIMS;
      }
      return scope.equals(USER_SCOPE) ? null : Reason.WRONG_SCOPE;
    }

    /// No leeway for `exp`: a token is dead at that very second. Some for `nbf`, because the
    /// issuer's clock may be ahead.
    private @Nullable Reason timeFlaw(long now) {
      if (expires != null && now >= expires) {
        return Reason.EXPIRED;
      }
      if ((expires != null && expires > LAST_SECOND)
          || (issued != null && (issued > LAST_SECOND || issued < -LAST_SECOND))) {
        return Reason.BAD_CLAIMS;
      }
      if (notBefore != null && notBefore > now + NOT_BEFORE_SKEW_SECONDS) {
        return Reason.NOT_YET_VALID;
      }
      return null;
    }

    private static @Nullable Instant instant(@Nullable Long seconds) {
      return seconds == null ? null : Instant.ofEpochSecond(seconds);
    }
  }
}
