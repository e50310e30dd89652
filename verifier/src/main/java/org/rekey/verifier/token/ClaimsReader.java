package org.rekey.verifier.token;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.json.StrictJson;
import org.rekey.verifier.map.KnownKey;
import org.rekey.verifier.map.Purpose;

/// Reads the claims of a token whose signature is good and judges whether its key may vouch for
/// them now.
final class ClaimsReader {
  static final long NOT_BEFORE_SKEW_SECONDS = 60;

  /// Year 9999, the last that a protobuf timestamp can hold.
  private static final long LAST_SECOND = 253_402_300_799L;

  private static final int MAX_ID = 256;
  private static final String USER_SCOPE = "mender.*";

  private final Map<String, String> strings = new HashMap<>();
  private final Map<String, Long> times = new HashMap<>();
  private final Map<String, Boolean> flags = new HashMap<>();
  private @Nullable CertificateThumbprint certificate;
  private boolean wrongType;

  private ClaimsReader() {}

  /// @param shown the certificate that came with it; null: none
  static Check.Verdict judge(
      byte[] payload, KnownKey key, @Nullable CertificateThumbprint shown, Instant now) {
    var reader = new ClaimsReader();
    if (!CompactJws.JSON.read(payload, reader::member)) {
      return new Check.Refused(Reason.MALFORMED);
    }
    return reader.judge(key, shown, now);
  }

  private void member(String name, JsonParser value) throws IOException {
    switch (name) {
      case "iss", "sub", "jti", "scp" -> keep(strings, name, StrictJson.string(value));
      case "exp", "nbf", "iat" -> keep(times, name, StrictJson.integer(value));
      case "mender.user", "mender.device" -> keep(flags, name, StrictJson.bool(value));
      case Confirmation.CLAIM -> {
        certificate = Confirmation.read(value).orElse(null);
        wrongType |= certificate == null;
      }
      default -> {}
    }
  }

  private <T> void keep(Map<String, T> claims, String name, @Nullable T value) {
    if (value == null) {
      wrongType = true;
    } else {
      claims.put(name, value);
    }
  }

  private Check.Verdict judge(KnownKey key, @Nullable CertificateThumbprint shown, Instant now) {
    var issuer = strings.get("iss");
    var subject = strings.get("sub");
    var tokenId = strings.get("jti");
    if (wrongType || issuer == null || subject == null || tokenId == null) {
      return new Check.Refused(Reason.BAD_CLAIMS);
    }
    if (!isId(subject) || !isId(tokenId)) {
      return new Check.Refused(Reason.BAD_CLAIMS);
    }
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
            issuer, subject, tokenId, key.purpose(), instant("iat"), instant("exp"), certificate),
        key);
  }

  private @Nullable Reason purposeFlaw(Purpose purpose) {
    var isUser = flags.getOrDefault("mender.user", false);
    var isDevice = flags.getOrDefault("mender.device", false);
    return switch (purpose) {
      case USER -> isUser && !isDevice ? scopeFlaw() : Reason.WRONG_PURPOSE;
      case DEVICE -> isDevice && !isUser ? null : Reason.WRONG_PURPOSE;
      case ARTIFACT -> Reason.WRONG_PURPOSE;
    };
  }

  private @Nullable Reason scopeFlaw() {
    var scope = strings.get("scp");
    if (scope == null) {
      return Reason.BAD_CLAIMS;
    }
    return scope.equals(USER_SCOPE) ? null : Reason.WRONG_SCOPE;
  }

  /// No leeway for `exp`: a token is dead at that very second. Some for `nbf`, because the issuer's
  /// clock may be ahead.
  private @Nullable Reason timeFlaw(long now) {
    var expires = times.get("exp");
    var notBefore = times.get("nbf");
    var issued = times.get("iat");
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

  private @Nullable Instant instant(String claim) {
    var seconds = times.get(claim);
    return seconds == null ? null : Instant.ofEpochSecond(seconds);
  }

  /// Ids go into databases and logs: bounded, and without control characters.
  private static boolean isId(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_ID
        && text.chars().noneMatch(Character::isISOControl);
  }
}
