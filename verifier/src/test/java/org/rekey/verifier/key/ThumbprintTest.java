package org.rekey.verifier.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rekey.verifier.fixture.TestKeys;

class ThumbprintTest {

  @Test
  void isThatOfRfc7638ForItsExample() throws Exception {
    var n =
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    var key = new RSAKey.Builder(new Base64URL(n), new Base64URL("AQAB")).build().toRSAPublicKey();

    assertThat(Thumbprint.of(key)).isEqualTo("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  }

  /// Nimbus knows no Algorithm Key Pairs; the keys of RFC 9964's examples are in [MlDsaTest].
  @ParameterizedTest
  @EnumSource(value = Alg.class, mode = EnumSource.Mode.MATCH_NONE, names = "ML_DSA.*")
  void isThatOfNimbusForEveryKindOfKeyThatNimbusKnows(Alg alg) throws Exception {
    var key = TestKeys.of(alg).getPublic();

    var expected =
        switch (alg) {
          case RS256 -> new RSAKey.Builder((RSAPublicKey) key).build().computeThumbprint();
          case ES256 ->
              new ECKey.Builder(Curve.P_256, (ECPublicKey) key).build().computeThumbprint();
          case ES384 ->
              new ECKey.Builder(Curve.P_384, (ECPublicKey) key).build().computeThumbprint();
          case ES512 ->
              new ECKey.Builder(Curve.P_521, (ECPublicKey) key).build().computeThumbprint();
          case EDDSA -> {
            var x509 = key.getEncoded();
            var x = Base64URL.encode(Arrays.copyOfRange(x509, x509.length - 32, x509.length));
            yield new OctetKeyPair.Builder(Curve.Ed25519, x).build().computeThumbprint();
          }
          case ML_DSA_44, ML_DSA_65, ML_DSA_87 -> throw new AssertionError(alg);
        };

    assertThat(Thumbprint.of(key)).isEqualTo(expected.toString());
    assertThat(Thumbprint.of(CryptoProvider.preferred().adopt(key))).isEqualTo(expected.toString());
  }

  @Test
  void refusesKeysOfOtherKinds() throws Exception {
    var x25519 = KeyPairGenerator.getInstance("X25519").generateKeyPair().getPublic();

    assertThatThrownBy(() -> Thumbprint.of(x25519))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: RSA, EC on a NIST curve, Ed25519, or ML-DSA");
  }
}
