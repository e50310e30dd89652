package org.rekey.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.verifier.key.Alg;

/// A token as an issuer makes it, byte for byte but for the values.
///
/// @param subject whose it is
/// @param jws a credential of an instance that is gone with the run
public record MintedToken(
    String id, String subject, Instant issuedAt, Instant expiresAt, ByteString jws) {
  public static final String USER_ISSUER = "mender.useradm";

  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();
  private static final long LIFETIME_SECONDS = 7 * 24 * 3600L;
  private static final String USER =
      """
      {"jti":"%s","sub":"%s","exp":%d,"iat":%d,"mender.user":true,"iss":"mender.useradm",\
      "scp":"mender.*","nbf":%d}\
      """;
  private static final String DEVICE =
      """
      {"jti":"%s","sub":"%s","iss":"Mender","exp":%d,"iat":%d,"nbf":%d,"mender.device":true,\
      "mender.plan":"enterprise","mender.trial":false,"mender.addons":[\
      {"name":"configure","enabled":true},{"name":"troubleshoot","enabled":true},\
      {"name":"monitor","enabled":true}]}\
      """;

  public static MintedToken ofUser(Alg alg, PrivateKey key, long kid, String userId, Instant now) {
    return sign(alg, key, kid, USER, UUID.randomUUID().toString(), userId, now);
  }

  static MintedToken ofDevice(
      Alg alg, PrivateKey key, long kid, String id, String deviceId, Instant now) {
    return sign(alg, key, kid, DEVICE, id, deviceId, now);
  }

  private static MintedToken sign(
      Alg alg, PrivateKey key, long kid, String claims, String id, String subject, Instant now) {
    Instant issuedAt = Instant.ofEpochSecond(now.getEpochSecond());
    Instant expiresAt = issuedAt.plusSeconds(LIFETIME_SECONDS);
    long from = issuedAt.getEpochSecond();
    String header = "{\"alg\":\"%s\",\"kid\":\"%d\",\"typ\":\"JWT\"}".formatted(alg.jwsName(), kid);
    String payload = claims.formatted(id, subject, expiresAt.getEpochSecond(), from, from);
    String input = encode(header.getBytes(UTF_8)) + "." + encode(payload.getBytes(UTF_8));
    String jws = input + "." + encode(alg.sign(key, input.getBytes(US_ASCII)));
    return new MintedToken(id, subject, issuedAt, expiresAt, ByteString.copyFrom(jws, US_ASCII));
  }

  private static String encode(byte[] bytes) {
    return BASE64URL.encodeToString(bytes);
  }

  public VerifyRequest verifyRequest() {
    return VerifyRequest.newBuilder().setToken(jws).build();
  }

  @Override
  public String toString() {
    return "MintedToken[id=" + id + "]";
  }
}
