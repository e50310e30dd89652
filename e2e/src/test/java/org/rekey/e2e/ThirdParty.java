package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.resolvers.JwksVerificationKeyResolver;
import org.jose4j.lang.JoseException;
import org.rekey.e2e.platform.Client;

/// Somebody who knows nothing of Rekey but the address of an issuer's metadata, and verifies its
/// tokens with other people's libraries: Nimbus for RSA and ECDSA, jose4j for these and Ed25519,
/// the JDK for ML-DSA, which neither knows.
final class ThirdParty {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Client client;
  private final JsonNode metadata;

  /// @param path of the issuer's metadata
  ThirdParty(Client client, String path) {
    this.client = client;
    this.metadata = json(get(path).body());
  }

  JsonNode metadata() {
    return metadata;
  }

  /// By the address that the metadata name, which is the gateway's own here.
  KeysAt fetch() {
    HttpResponse<String> answer = get(URI.create(metadata.path("jwks_uri").asText()).getRawPath());
    String cacheControl = answer.headers().firstValue("Cache-Control").orElseThrow();
    String maxAge = cacheControl.replaceAll(".*max-age=([0-9]+).*", "$1");
    return new KeysAt(answer.body(), System.nanoTime(), Duration.ofSeconds(Long.parseLong(maxAge)));
  }

  private HttpResponse<String> get(String path) {
    HttpResponse<String> answer = client.send(client.request(path));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer;
  }

  /// Verifies a token with whatever library knows its algorithm; fails if it is not good.
  ///
  /// @return its subject
  String verify(String token, KeysAt keys) {
    String alg = Tokens.header(token).path("alg").asText();
    String issuer = metadata.path("issuer").asText();
    try {
      return switch (alg) {
        case "RS256", "ES256", "ES384", "ES512" -> {
          assertThat(byNimbus(token, keys, issuer)).isEqualTo(byJose4j(token, keys, issuer));
          yield byNimbus(token, keys, issuer);
        }
        case "EdDSA" -> byJose4j(token, keys, issuer);
        default -> byJdk(token, keys, issuer);
      };
    } catch (ParseException
        | BadJOSEException
        | JOSEException
        | JoseException
        | InvalidJwtException
        | GeneralSecurityException
        | IOException e) {
      throw new AssertionError(alg + ": not verified by " + keys.jwks(), e);
    }
  }

  private static String byNimbus(String token, KeysAt keys, String issuer)
      throws ParseException, BadJOSEException, JOSEException {
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(
            Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256, JWSAlgorithm.ES384, JWSAlgorithm.ES512),
            new ImmutableJWKSet<>(JWKSet.parse(keys.jwks()))));
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("sub", "jti", "iat")));
    return processor.process(token, null).getSubject();
  }

  private static String byJose4j(String token, KeysAt keys, String issuer)
      throws JoseException, InvalidJwtException {
    try {
      return new JwtConsumerBuilder()
          .setExpectedIssuer(issuer)
          .setRequireSubject()
          .setRequireJwtId()
          .setJwsAlgorithmConstraints(
              org.jose4j.jwa.AlgorithmConstraints.ConstraintType.PERMIT,
              "RS256",
              "ES256",
              "ES384",
              "ES512",
              "EdDSA")
          .setVerificationKeyResolver(
              new JwksVerificationKeyResolver(new JsonWebKeySet(keys.jwks()).getJsonWebKeys()))
          .build()
          .processToClaims(token)
          .getSubject();
    } catch (org.jose4j.jwt.MalformedClaimException e) {
      throw new AssertionError(e);
    }
  }

  private static String byJdk(String token, KeysAt keys, String issuer)
      throws GeneralSecurityException, IOException {
    JsonNode jwk = keys.jwk(Tokens.header(token).path("kid").asText());
    assertThat(jwk.path("kty").asText()).isEqualTo("AKP");
    assertThat(jwk.path("alg").asText()).isEqualTo(Tokens.header(token).path("alg").asText());
    int dot = token.lastIndexOf('.');
    Signature signature = Signature.getInstance("ML-DSA");
    signature.initVerify(mlDsa(jwk));
    signature.update(token.substring(0, dot).getBytes(StandardCharsets.US_ASCII));
    assertThat(signature.verify(Base64.getUrlDecoder().decode(token.substring(dot + 1)))).isTrue();
    assertThat(Tokens.claims(token).path("iss").asText()).isEqualTo(issuer);
    return Tokens.claims(token).path("sub").asText();
  }

  private static PublicKey mlDsa(JsonNode jwk) throws GeneralSecurityException, IOException {
    ASN1ObjectIdentifier oid =
        switch (jwk.path("alg").asText()) {
          case "ML-DSA-44" -> NISTObjectIdentifiers.id_ml_dsa_44;
          case "ML-DSA-65" -> NISTObjectIdentifiers.id_ml_dsa_65;
          case "ML-DSA-87" -> NISTObjectIdentifiers.id_ml_dsa_87;
          default -> throw new AssertionError(jwk);
        };
    byte[] pub = Base64.getUrlDecoder().decode(jwk.path("pub").asText());
    return KeyFactory.getInstance("ML-DSA")
        .generatePublic(
            new X509EncodedKeySpec(
                new SubjectPublicKeyInfo(new AlgorithmIdentifier(oid), pub).getEncoded()));
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A key set and when it was fetched.
  record KeysAt(String jwks, long fetchedAt, Duration maxAge) {
    boolean isFresh() {
      return System.nanoTime() - fetchedAt < maxAge.toNanos();
    }

    List<String> kids() {
      return json(jwks).path("keys").findValuesAsText("kid");
    }

    JsonNode jwk(String kid) {
      for (JsonNode jwk : json(jwks).path("keys")) {
        if (jwk.path("kid").asText().equals(kid)) {
          return jwk;
        }
      }
      throw new AssertionError(kid + ": not in " + jwks);
    }
  }
}
