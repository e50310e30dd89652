package org.rekey.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import org.rekey.verifier.key.Alg;

/// A user's token as useradm-svc issues it, byte for byte but for the values.
///
/// @param jws a credential of an instance that is gone with the run
public record UserToken(
    String id, String userId, Instant issuedAt, Instant expiresAt, ByteString jws) {
  public static final String ISSUER = "mender.useradm";

  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();
  private static final long LIFETIME_SECONDS = 7 * 24 * 3600L;

  public static UserToken issue(Alg alg, PrivateKey key, long kid, String userId, Instant now) {
    String id = UUID.randomUUID().toString();
    Instant issuedAt = Instant.ofEpochSecond(now.getEpochSecond());
    Instant expiresAt = issuedAt.plusSeconds(LIFETIME_SECONDS);
    String header = "{\"alg\":\"%s\",\"kid\":\"%d\",\"typ\":\"JWT\"}".formatted(alg.jwsName(), kid);
    String claims =
        """
        {"jti":"%s","sub":"%s","exp":%d,"iat":%d,"mender.user":true,"iss":"%s",\
        "scp":"mender.*","nbf":%d}\
        """
            .formatted(
                id,
                userId,
                expiresAt.getEpochSecond(),
                issuedAt.getEpochSecond(),
                ISSUER,
                issuedAt.getEpochSecond());
    String input = encode(header.getBytes(UTF_8)) + "." + encode(claims.getBytes(UTF_8));
    String jws = input + "." + encode(alg.sign(key, input.getBytes(US_ASCII)));
    return new UserToken(id, userId, issuedAt, expiresAt, ByteString.copyFrom(jws, US_ASCII));
  }

  private static String encode(byte[] bytes) {
    return BASE64URL.encodeToString(bytes);
  }

  @Override
  public String toString() {
    return "UserToken[id=" + id + "]";
  }
}
