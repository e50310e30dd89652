package org.rekey.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSASSASigner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// Tokens taken apart, put together again otherwise, and made with an independent library (Nimbus).
final class Tokens {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Tokens() {}

  static JsonNode header(String token) {
    return part(token, 0);
  }

  static JsonNode claims(String token) {
    return part(token, 1);
  }

  static long kid(String token) {
    return Long.parseLong(header(token).path("kid").asText());
  }

  private static JsonNode part(String token, int index) {
    try {
      return JSON.readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[index]));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String encode(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  /// One bit of the signature turned.
  static String withBrokenSignature(String token) {
    int dot = token.lastIndexOf('.');
    byte[] signature = Base64.getUrlDecoder().decode(token.substring(dot + 1));
    signature[signature.length / 2] ^= 1;
    return token.substring(0, dot + 1)
        + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
  }

  /// Another header, everything else as it was.
  static String withHeader(String token, String header) {
    return encode(header) + token.substring(token.indexOf('.'));
  }

  /// Other claims, everything else as it was.
  static String withClaims(String token, String claims) {
    String[] parts = token.split("\\.", -1);
    return parts[0] + "." + encode(claims) + "." + parts[2];
  }

  /// Signed by Nimbus with the private key in a file, as another issuer with the same key would.
  ///
  /// @param kid absent when null; a JSON number when `numericKid`
  static String signed(Path pkcs8, String claims, @Nullable Long kid, boolean numericKid) {
    try {
      JWSSigner signer = new RSASSASigner(rsaKey(pkcs8));
      JWSHeader.Builder header = new JWSHeader.Builder(JWSAlgorithm.RS256).type(JOSEObjectType.JWT);
      if (kid != null && !numericKid) {
        header.keyID(Long.toString(kid));
      }
      if (kid == null || !numericKid) {
        JWSObject jws = new JWSObject(header.build(), new Payload(claims));
        jws.sign(signer);
        return jws.serialize();
      }
      String input =
          encode("{\"alg\":\"RS256\",\"kid\":" + kid + ",\"typ\":\"JWT\"}") + "." + encode(claims);
      String signature =
          signer
              .sign(new JWSHeader(JWSAlgorithm.RS256), input.getBytes(StandardCharsets.US_ASCII))
              .toString();
      return input + "." + signature;
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static RSAPrivateKey rsaKey(Path pkcs8) {
    try {
      String pem = Files.readString(pkcs8).replaceAll("-----[A-Z ]+-----|\\s", "");
      return (RSAPrivateKey)
          KeyFactory.getInstance("RSA")
              .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Claims as useradm-svc would have them signed.
  static String userClaims(String jti, String subject, Instant now) {
    return userClaims(jti, subject, now, now.plusSeconds(600));
  }

  static String userClaims(String jti, String subject, Instant issued, Instant expires) {
    return """
        {"jti":"%s","sub":"%s","iss":"mender.useradm","iat":%d,"nbf":%d,"exp":%d,"scp":"mender.*","mender.user":true}\
        """
        .formatted(
            jti,
            subject,
            issued.getEpochSecond(),
            issued.getEpochSecond(),
            expires.getEpochSecond());
  }
}
