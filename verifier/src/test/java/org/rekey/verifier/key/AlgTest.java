package org.rekey.verifier.key;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.rekey.verifier.fixture.TestKeys;

class AlgTest {
  private static final byte[] INPUT = "header.payload".getBytes(US_ASCII);

  static List<CryptoProvider> providers() {
    return Stream.concat(Stream.of(CryptoProvider.jdk()), CryptoProvider.corretto().stream())
        .toList();
  }

  static Stream<Arguments> everyAlgEverywhere() {
    return Arrays.stream(Alg.values())
        .flatMap(alg -> providers().stream().map(provider -> Arguments.of(alg, provider)));
  }

  static Stream<Arguments> everyEcdsaEverywhere() {
    return Stream.of(Alg.ES256, Alg.ES384, Alg.ES512)
        .flatMap(alg -> providers().stream().map(provider -> Arguments.of(alg, provider)));
  }

  @ParameterizedTest
  @MethodSource("everyAlgEverywhere")
  void verifiesWhatEveryProviderSigns(Alg alg, CryptoProvider verifier) {
    var pair = TestKeys.of(alg);
    for (var signer : providers()) {
      var signature = signer.sign(alg, signer.adopt(pair.getPrivate()), INPUT);

      assertThat(verify(verifier, alg, verifier.adopt(pair.getPublic()), signature)).isTrue();
      assertThat(verify(verifier, alg, pair.getPublic(), signature)).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("everyAlgEverywhere")
  void refusesAnyFlippedBit(Alg alg, CryptoProvider provider) {
    var pair = TestKeys.of(alg);
    var signature = provider.sign(alg, pair.getPrivate(), INPUT);
    for (int i = 0; i < signature.length; i += 7) {
      var flipped = signature.clone();
      flipped[i] ^= 1;

      assertThat(verify(provider, alg, pair.getPublic(), flipped)).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("everyAlgEverywhere")
  void refusesEverySignatureOfAnotherLength(Alg alg, CryptoProvider provider) {
    var pair = TestKeys.of(alg);
    var signature = provider.sign(alg, pair.getPrivate(), INPUT);

    assertThat(verify(provider, alg, pair.getPublic(), new byte[0])).isFalse();
    assertThat(
            verify(provider, alg, pair.getPublic(), Arrays.copyOf(signature, signature.length - 1)))
        .isFalse();
    assertThat(
            verify(provider, alg, pair.getPublic(), Arrays.copyOf(signature, signature.length + 1)))
        .isFalse();
    assertThat(verify(provider, alg, pair.getPublic(), prefixedByZero(signature))).isFalse();
  }

  @ParameterizedTest
  @MethodSource("everyAlgEverywhere")
  void refusesKeysOfAllOtherAlgs(Alg alg, CryptoProvider provider) {
    var signature = provider.sign(alg, TestKeys.of(alg).getPrivate(), INPUT);
    for (var other : Alg.values()) {
      if (other != alg) {
        assertThat(verify(provider, alg, TestKeys.of(other).getPublic(), signature)).isFalse();
        assertThat(verify(provider, other, TestKeys.of(alg).getPublic(), signature)).isFalse();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyEcdsaEverywhere")
  void refusesEcdsaWithZeroOrOrderForRorS(Alg alg, CryptoProvider provider) {
    var key = TestKeys.of(alg).getPublic();
    var good = provider.sign(alg, TestKeys.of(alg).getPrivate(), INPUT);
    var half = good.length / 2;
    var zero = new byte[half];
    var one = Arrays.copyOf(zero, half);
    one[half - 1] = 1;
    var order = Curve.of((ECPublicKey) key).orElseThrow().orderBytes();
    var r = Arrays.copyOfRange(good, 0, half);
    var s = Arrays.copyOfRange(good, half, good.length);

    assertThat(verify(provider, alg, key, join(r, s))).isTrue();
    for (var bad :
        List.of(
            join(zero, zero),
            join(zero, s),
            join(r, zero),
            join(order, s),
            join(r, order),
            join(order, order),
            join(zero, one),
            join(one, zero),
            join(order, zero))) {
      assertThat(verify(provider, alg, key, bad)).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("everyEcdsaEverywhere")
  void refusesTheDerFormOfEcdsa(Alg alg, CryptoProvider provider) throws Exception {
    var pair = TestKeys.of(alg);
    var der = Signature.getInstance(alg.jcaName().replace("inP1363Format", ""));
    der.initSign(pair.getPrivate());
    der.update(INPUT);

    assertThat(verify(provider, alg, pair.getPublic(), der.sign())).isFalse();
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesEd25519WithSnotBelowTheOrder(CryptoProvider provider) {
    var pair = TestKeys.ed25519();
    var signature = provider.sign(Alg.EDDSA, pair.getPrivate(), INPUT);
    var order =
        BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
    var s = littleEndian(Arrays.copyOfRange(signature, 32, 64));
    var malleable = signature.clone();
    var shifted = s.add(order).toByteArray();
    for (int i = 0; i < 32; i++) {
      malleable[32 + i] = i < shifted.length ? shifted[shifted.length - 1 - i] : 0;
    }

    assertThat(verify(provider, Alg.EDDSA, pair.getPublic(), signature)).isTrue();
    assertThat(verify(provider, Alg.EDDSA, pair.getPublic(), malleable)).isFalse();
  }

  /// Bleichenbacher 2006: with e = 3 and a sloppy padding check, a cube root is a signature.
  @ParameterizedTest
  @MethodSource("providers")
  void refusesRsaPaddingForgedByCubeRoot(CryptoProvider provider) throws Exception {
    var pair = TestKeys.rsa(2048, BigInteger.valueOf(3));
    var start =
        HexFormat.of()
            .parseHex(
                "0001ffffffffffffffff003031300d060960864801650304020105000420"
                    + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(INPUT)));
    var block = new BigInteger(1, Arrays.copyOf(start, 256));
    var root = cubeRootCeiling(block);
    var forged = fixed(root, 256);

    assertThat(fixed(root.pow(3), 256)).startsWith(start);
    assertThat(verify(provider, Alg.RS256, pair.getPublic(), forged)).isFalse();
    assertThat(
            verify(
                provider,
                Alg.RS256,
                pair.getPublic(),
                provider.sign(Alg.RS256, pair.getPrivate(), INPUT)))
        .isTrue();
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesRsaSignaturesNotBelowTheModulus(CryptoProvider provider) {
    var key = (RSAPublicKey) TestKeys.rsa().getPublic();
    var signature = new BigInteger(1, provider.sign(Alg.RS256, TestKeys.rsa().getPrivate(), INPUT));
    var shifted = signature.add(key.getModulus());

    if (shifted.bitLength() <= 2048) {
      assertThat(verify(provider, Alg.RS256, key, fixed(shifted, 256))).isFalse();
    }
    assertThat(verify(provider, Alg.RS256, key, fixed(key.getModulus(), 256))).isFalse();
    assertThat(verify(provider, Alg.RS256, key, new byte[256])).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Alg.class)
  void isFoundByItsJwsNameAndNoOtherSpelling(Alg alg) {
    assertThat(Alg.named(alg.jwsName())).contains(alg);
    assertThat(Alg.named(alg.jwsName().toLowerCase(Locale.ROOT))).isEmpty();
    assertThat(Alg.named(" " + alg.jwsName())).isEmpty();
  }

  @Test
  void knowsNeitherNoneNorHmacNorTheNewNameOfEdDsa() {
    assertThat(Stream.of("none", "None", "nOnE", "HS256", "PS256", "Ed25519", "").map(Alg::named))
        .allMatch(Optional::isEmpty);
  }

  @Test
  void saysWhatEveryProviderCan() {
    assertThat(providers())
        .allSatisfy(provider -> assertThat(provider.algs()).containsExactly(Alg.values()));
    assertThat(Alg.values()).allMatch(Alg::isSupported);
  }

  @Test
  void prefersCorrettoWhereItLoads() {
    assertThat(CryptoProvider.preferred())
        .isEqualTo(CryptoProvider.corretto().orElse(CryptoProvider.jdk()));
  }

  @Test
  void refusesToSignWithTheWrongKindOfKey() {
    assertThatThrownBy(() -> Alg.RS256.sign(TestKeys.ed25519().getPrivate(), INPUT))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("expected: a key for RS256");
  }

  private static boolean verify(CryptoProvider provider, Alg alg, PublicKey key, byte[] signature) {
    return provider.verify(alg, key, INPUT, 0, INPUT.length, signature);
  }

  private static byte[] join(byte[] r, byte[] s) {
    var joined = Arrays.copyOf(r, r.length + s.length);
    System.arraycopy(s, 0, joined, r.length, s.length);
    return joined;
  }

  private static byte[] prefixedByZero(byte[] bytes) {
    return join(new byte[1], bytes);
  }

  private static BigInteger littleEndian(byte[] bytes) {
    var reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return new BigInteger(1, reversed);
  }

  private static byte[] fixed(BigInteger value, int length) {
    var bytes = value.toByteArray();
    var fixed = new byte[length];
    var taken = Math.min(length, bytes.length);
    System.arraycopy(bytes, bytes.length - taken, fixed, length - taken, taken);
    return fixed;
  }

  private static BigInteger cubeRootCeiling(BigInteger value) {
    var low = BigInteger.ZERO;
    var high = BigInteger.TWO.pow(value.bitLength() / 3 + 1);
    while (low.compareTo(high) < 0) {
      var middle = low.add(high).shiftRight(1);
      if (middle.pow(3).compareTo(value) < 0) {
        low = middle.add(BigInteger.ONE);
      } else {
        high = middle;
      }
    }
    return low;
  }
}
