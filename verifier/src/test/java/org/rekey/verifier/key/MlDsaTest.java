package org.rekey.verifier.key;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.rekey.verifier.fixture.TestKeys;

class MlDsaTest {
  private static final byte[] INPUT = "header.payload".getBytes(US_ASCII);

  /// The keys of RFC 9964's examples, made from a seed of zeros, and the `kid`s that they have
  /// there.
  @ParameterizedTest
  @CsvSource({
    "ML-DSA-44, T4xl70S7MT6Zeq6r9V9fPJGVn76wfnXJ21-gyo0Gu6o",
    "ML-DSA-65, Suiu29qbfuaBaR4Ats-c6XQBePB_OpAxAwcTR_0KXVM",
    "ML-DSA-87, tRn1JNIkgMsABVQBlXeDHxAIcclh-2IX0UdDEzPt5XU"
  })
  void hasTheThumbprintsOfRfc9964(String parameters, String thumbprint) throws Exception {
    var key = ofZeroSeed(parameters);

    assertThat(Thumbprint.of(key)).isEqualTo(thumbprint);
    assertThat(Thumbprint.of(CryptoProvider.preferred().adopt(key))).isEqualTo(thumbprint);
    assertThat(Alg.of(key).map(Alg::jwsName)).contains(parameters);
  }

  @ParameterizedTest
  @EnumSource(value = Alg.class, mode = EnumSource.Mode.MATCH_ALL, names = "ML_DSA.*")
  void isReadFromX509AndNotFromOtherLengths(Alg alg) {
    var x509 = TestKeys.of(alg).getPublic().getEncoded();

    assertThat(PublicKeys.parse(x509).flatMap(Alg::of)).contains(alg);
    assertThat(PublicKeys.parse(Arrays.copyOf(x509, x509.length - 1))).isEmpty();
    assertThat(PublicKeys.parse(Arrays.copyOf(x509, x509.length + 1))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(value = Alg.class, mode = EnumSource.Mode.MATCH_ALL, names = "ML_DSA.*")
  void isRefusedWithoutTheTermThatStandsForTheSecret(Alg alg) {
    var x509 = TestKeys.of(alg).getPublic().getEncoded();
    Arrays.fill(x509, 22 + 32, x509.length, (byte) 0);
    var key = new Raw(HexFormat.of().formatHex(x509));

    assertThat(KeyWeakness.of(key).orElseThrow().text())
        .isEqualTo("ML-DSA public key: t1 is zero (expected: another key)");
    assertThat(Alg.of(key)).isEmpty();
  }

  @Test
  void keepsParameterSetsApart() {
    var signature = Alg.ML_DSA_44.sign(TestKeys.of(Alg.ML_DSA_44).getPrivate(), INPUT);

    assertThat(Alg.ML_DSA_44.verify(TestKeys.of(Alg.ML_DSA_44).getPublic(), INPUT, signature))
        .isTrue();
    assertThat(Alg.ML_DSA_65.verify(TestKeys.of(Alg.ML_DSA_44).getPublic(), INPUT, signature))
        .isFalse();
    assertThat(Alg.ML_DSA_44.verify(TestKeys.of(Alg.ML_DSA_65).getPublic(), INPUT, signature))
        .isFalse();
  }

  @Test
  void isLeftOutOnRequestAndThenNeitherCheckedNorReported() {
    for (var provider : List.of(CryptoProvider.jdk(), CryptoProvider.preferred())) {
      var without = provider.without(Set.of(Alg.ML_DSA_65));
      var pair = TestKeys.of(Alg.ML_DSA_65);
      var signature = provider.sign(Alg.ML_DSA_65, pair.getPrivate(), INPUT);

      assertThat(
              provider.verify(Alg.ML_DSA_65, pair.getPublic(), INPUT, 0, INPUT.length, signature))
          .isTrue();
      assertThat(without.verify(Alg.ML_DSA_65, pair.getPublic(), INPUT, 0, INPUT.length, signature))
          .isFalse();
      assertThat(without.algs()).contains(Alg.ML_DSA_44).doesNotContain(Alg.ML_DSA_65);
      assertThat(without.supports(Alg.ML_DSA_65)).isFalse();
    }
  }

  private static PublicKey ofZeroSeed(String parameters) throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("ML-DSA");
    generator.initialize(new NamedParameterSpec(parameters), new Zeros());
    return generator.generateKeyPair().getPublic();
  }

  private static final class Zeros extends SecureRandom {
    private static final long serialVersionUID = 1L;

    @Override
    public void nextBytes(byte[] bytes) {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private record Raw(String x509) implements PublicKey {
    @Override
    public String getAlgorithm() {
      return "ML-DSA";
    }

    @Override
    public String getFormat() {
      return "X.509";
    }

    @Override
    public byte[] getEncoded() {
      return HexFormat.of().parseHex(x509);
    }
  }
}
