package org.rekey.verifier.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.verifier.fixture.TestKeys;

class KeyWeaknessTest {

  @ParameterizedTest
  @EnumSource(Alg.class)
  void findsNoneInSoundKeys(Alg alg) {
    var key = TestKeys.of(alg).getPublic();

    assertThat(KeyWeakness.of(key)).isEmpty();
    assertThat(Alg.of(key)).contains(alg);
    assertThat(Alg.of(CryptoProvider.preferred().adopt(key))).contains(alg);
  }

  @Test
  void refusesRsaOf1024Bits() {
    assertThat(weakness(TestKeys.rsa(1024, RSAKeyGenParameterSpec.F4).getPublic()))
        .isEqualTo("RSA modulus: 1024 bits (expected: 2048 to 8192)");
  }

  @Test
  void refusesRsaSoLargeThatAcheckIsAnAttack() {
    assertThat(weakness(rsa(BigInteger.TWO.pow(16383).add(BigInteger.ONE), 65537)))
        .isEqualTo("RSA modulus: 16384 bits (expected: 2048 to 8192)");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 65536, (1L << 34) + 1})
  void refusesOddPublicExponents(long exponent) {
    var modulus = ((RSAPublicKey) TestKeys.rsa().getPublic()).getModulus();

    assertThat(weakness(rsa(modulus, exponent))).startsWith("RSA public exponent: out of range");
  }

  @Test
  void refusesAnEvenModulus() {
    var modulus = ((RSAPublicKey) TestKeys.rsa().getPublic()).getModulus();

    assertThat(weakness(rsa(modulus.subtract(BigInteger.ONE), 65537)))
        .startsWith("RSA modulus: even");
  }

  @Test
  void refusesModuliOfTheRocaGenerator() {
    assertThat(weakness(rsa(rocaModulus(), 65537))).contains("ROCA");
  }

  @Test
  void refusesUnsupportedCurves() {
    assertThat(Alg.of(new OtherCurve((ECPublicKey) TestKeys.ec("secp256r1").getPublic())))
        .isEmpty();
  }

  @Test
  void refusesPointsThatAreNotOnTheCurve() {
    var key = (ECPublicKey) TestKeys.ec("secp256r1").getPublic();
    var off = new ECPoint(key.getW().getAffineX(), key.getW().getAffineY().add(BigInteger.ONE));

    assertThat(weakness(new OffCurve(key, off))).startsWith("EC point: not on the curve");
    assertThat(weakness(new OffCurve(key, ECPoint.POINT_INFINITY)))
        .startsWith("EC point: not on the curve");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
      })
  void refusesEd25519PointsOfSmallOrderOrNotCanonical(String point) {
    assertThat(weakness(new RawEd25519(point))).startsWith("Ed25519 point: not canonical");
  }

  @Test
  void refusesEd448() throws Exception {
    var key = KeyPairGenerator.getInstance("Ed448").generateKeyPair().getPublic();

    assertThat(weakness(key)).startsWith("key type: EdDSA (expected:");
    assertThat(Alg.of(key)).isEmpty();
  }

  @Test
  void readsPublicKeysStrictly() {
    var x509 = TestKeys.rsa().getPublic().getEncoded();

    assertThat(PublicKeys.parse(x509)).contains(TestKeys.rsa().getPublic());
    assertThat(PublicKeys.parse(Arrays.copyOf(x509, x509.length + 1))).isEmpty();
    assertThat(PublicKeys.parse(Arrays.copyOf(x509, x509.length - 1))).isEmpty();
    assertThat(PublicKeys.parse(new byte[0])).isEmpty();
    assertThat(PublicKeys.parse(new byte[100_000])).isEmpty();
    assertThat(PublicKeys.parse(TestKeys.rsa().getPrivate().getEncoded())).isEmpty();
  }

  private static String weakness(PublicKey key) {
    return KeyWeakness.of(key).orElseThrow().text();
  }

  private static PublicKey rsa(BigInteger modulus, long exponent) {
    return new RawRsa(modulus, BigInteger.valueOf(exponent));
  }

  /// A power of 65537 modulo the product of the small primes, lifted to 2048 bits.
  private static BigInteger rocaModulus() {
    var product =
        Stream.iterate(BigInteger.valueOf(3), BigInteger::nextProbablePrime)
            .limit(38)
            .reduce(BigInteger.ONE, BigInteger::multiply);
    var residue = BigInteger.valueOf(65537).modPow(BigInteger.valueOf(123_456_789), product);
    var lifted =
        BigInteger.TWO
            .pow(2047)
            .add(BigInteger.ONE)
            .divide(product)
            .add(BigInteger.ONE)
            .multiply(product);
    var modulus = lifted.add(residue);
    return modulus.testBit(0) ? modulus : modulus.add(product);
  }

  private record RawRsa(BigInteger modulus, BigInteger exponent) implements RSAPublicKey {
    @Override
    public BigInteger getModulus() {
      return modulus;
    }

    @Override
    public BigInteger getPublicExponent() {
      return exponent;
    }

    @Override
    public String getAlgorithm() {
      return "RSA";
    }

    @Override
    public String getFormat() {
      return "X.509";
    }

    @Override
    public byte[] getEncoded() {
      return new byte[0];
    }
  }

  private record RawEd25519(String point) implements PublicKey {
    @Override
    public String getAlgorithm() {
      return "EdDSA";
    }

    @Override
    public String getFormat() {
      return "X.509";
    }

    @Override
    public byte[] getEncoded() {
      return HexFormat.of().parseHex("302a300506032b6570032100" + point);
    }
  }

  private record OffCurve(ECPublicKey key, ECPoint point) implements ECPublicKey {
    @Override
    public ECPoint getW() {
      return point;
    }

    @Override
    public ECParameterSpec getParams() {
      return key.getParams();
    }

    @Override
    public String getAlgorithm() {
      return "EC";
    }

    @Override
    public String getFormat() {
      return "X.509";
    }

    @Override
    public byte[] getEncoded() {
      return key.getEncoded();
    }
  }

  /// The parameters of P-256 but for the generator: the trick of CVE-2020-0601.
  private record OtherCurve(ECPublicKey key) implements ECPublicKey {
    @Override
    public ECPoint getW() {
      return key.getW();
    }

    @Override
    public ECParameterSpec getParams() {
      var genuine = key.getParams();
      return new ECParameterSpec(
          genuine.getCurve(), key.getW(), genuine.getOrder(), genuine.getCofactor());
    }

    @Override
    public String getAlgorithm() {
      return "EC";
    }

    @Override
    public String getFormat() {
      return "X.509";
    }

    @Override
    public byte[] getEncoded() {
      return key.getEncoded();
    }
  }
}
