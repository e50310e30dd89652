package org.rekey.bench.token;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.security.Provider;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.text.ParseException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.rekey.bench.load.MintedToken;

/// The same tokens through nimbus-jose-jwt, in the two ways that people use it. No EdDSA: for that
/// it needs a further library.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init")
public class NimbusBenchmark {
  private static final int TOKENS = 1024;
  private static final String CORRETTO =
      "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";

  @Param({"RS256_2048", "RS256_3072", "ES256", "ES384", "ES512"})
  public KeyKind key;

  @Param("Amazon Corretto")
  public String provider;

  private List<String> tokens;
  private JWSVerifier verifier;
  private DefaultJWTProcessor<SecurityContext> processor;
  private int next;

  @Setup
  public void makeTokens() throws JOSEException, ParseException, BadJOSEException {
    Material.requireProvider(provider);
    Material material = Material.of(key, TOKENS, Instant.now());
    tokens = material.tokens().stream().map(token -> new String(token, US_ASCII)).toList();
    Provider jca = provider.equals("JDK") ? null : corretto();
    verifier = verifier(material, jca);
    processor = processor(material, jca);
    if (!light().getIssuer().equals(full().getIssuer())) {
      throw new IllegalStateException("issuer: two (expected: one)");
    }
  }

  /// Parsed, checked with a verifier that is made once, claims read; nothing said about them.
  @Benchmark
  public JWTClaimsSet light() throws JOSEException, ParseException {
    SignedJWT jwt = SignedJWT.parse(nextToken());
    if (!jwt.verify(verifier)) {
      throw new IllegalStateException("token: refused (expected: a good one)");
    }
    return jwt.getJWTClaimsSet();
  }

  /// The processor that its documentation recommends: key by kid, times and issuer checked.
  @Benchmark
  public JWTClaimsSet full() throws JOSEException, ParseException, BadJOSEException {
    return processor.process(nextToken(), null);
  }

  private String nextToken() {
    next = (next + 1) % TOKENS;
    return tokens.get(next);
  }

  private static JWSVerifier verifier(Material material, @Nullable Provider jca)
      throws JOSEException {
    JWSVerifier verifier =
        switch (material.publicKey()) {
          case RSAPublicKey rsa -> new RSASSAVerifier(rsa);
          case ECPublicKey ec -> new ECDSAVerifier(ec);
          default -> throw new IllegalStateException(material.alg() + " (expected: RSA or EC)");
        };
    if (jca != null) {
      verifier.getJCAContext().setProvider(jca);
    }
    return verifier;
  }

  private static DefaultJWTProcessor<SecurityContext> processor(
      Material material, @Nullable Provider jca) {
    String kid = Long.toString(Material.KID);
    JWSAlgorithm alg = JWSAlgorithm.parse(material.alg().jwsName());
    JWK jwk =
        switch (material.publicKey()) {
          case RSAPublicKey rsa -> new RSAKey.Builder(rsa).keyID(kid).build();
          case ECPublicKey ec ->
              new ECKey.Builder(Curve.forJWSAlgorithm(alg).iterator().next(), ec)
                  .keyID(kid)
                  .build();
          default -> throw new IllegalStateException(material.alg() + " (expected: RSA or EC)");
        };
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(alg, new ImmutableJWKSet<>(new JWKSet(jwk))));
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            new JWTClaimsSet.Builder().issuer(MintedToken.USER_ISSUER).build(),
            Set.of("sub", "jti", "exp", "iat")));
    if (jca != null) {
      var factory = new DefaultJWSVerifierFactory();
      factory.getJCAContext().setProvider(jca);
      processor.setJWSVerifierFactory(factory);
    }
    return processor;
  }

  private static Provider corretto() {
    try {
      return (Provider) Class.forName(CORRETTO).getField("INSTANCE").get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(CORRETTO + ": missing (expected: on the class path)", e);
    }
  }
}
