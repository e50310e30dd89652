package org.rekey.deviceauth.key;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.BERSequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.teletrust.TeleTrusTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.math.ec.ECPoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.testkit.KeyFiles;

class DeviceKeyTest {
  private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();
  private static final byte[] MESSAGE = "{\"id_data\":\"…\"}\n".getBytes(UTF_8);
  private static final String UNDECODABLE = "cannot decode public key";
  private static final String NO_DER = UNDECODABLE + ": not a SubjectPublicKeyInfo in DER";
  private static final String UNRECOGNIZED = "unrecognized public key type";
  private static final String NO_POINT =
      UNDECODABLE + ": EC point (expected: a point of the curve, uncompressed)";
  private static final KeyPair P_256 = KeyFiles.ec("secp256r1");
  private static final KeyPair ED25519 = KeyFiles.ed25519();
  private static final KeyPair RSA_2048 = KeyFiles.rsa(2048);

  static Stream<KeyPair> ofDevices() {
    return Stream.of(
        ED25519,
        RSA_2048,
        KeyFiles.rsa(1024),
        KeyFiles.rsa(1031),
        KeyFiles.rsa(3072),
        P_256,
        KeyFiles.ec("secp224r1"),
        KeyFiles.ec("secp384r1"),
        KeyFiles.ec("secp521r1"),
        KeyFiles.ec("secp256k1"));
  }

  @ParameterizedTest
  @MethodSource("ofDevices")
  void checksTheSignaturesOfEveryKindOfDevice(KeyPair pair) {
    DeviceKey key = usable(KeyFiles.publicOnly(pair.getPublic()));
    for (int i = 0; i < 20; i++) {
      assertThat(key.verifies(MESSAGE, sign(pair))).isTrue();
    }
    assertThat(key.verifies("other".getBytes(UTF_8), sign(pair))).isFalse();
    assertThat(key.verifies(new byte[0], sign(pair))).isFalse();
    byte[] signature = Base64.getDecoder().decode(sign(pair));
    for (byte[] wrong :
        List.of(
            new byte[signature.length],
            Arrays.copyOf(signature, signature.length - 1),
            Arrays.copyOf(signature, signature.length + 1),
            new byte[1])) {
      assertThat(key.verifies(MESSAGE, base64(wrong))).isFalse();
    }
    for (int at = 0; at < signature.length; at += 7) {
      byte[] flipped = signature.clone();
      flipped[at] ^= 4;
      assertThat(key.verifies(MESSAGE, base64(flipped))).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("ofDevices")
  void isTheSameKeyHoweverItIsWritten(KeyPair pair) {
    String pem = KeyFiles.publicOnly(pair.getPublic());
    DeviceKey key = usable(pem);
    byte[] der = pair.getPublic().getEncoded();
    String oneLine = "-----BEGIN PUBLIC KEY-----\n" + base64(der) + "\n-----END PUBLIC KEY-----";
    String ofWindows = "a comment\r\n\r\n" + pem.replace("\n", " \r\n") + "\r\nmore";
    for (String text : List.of(oneLine, ofWindows, pem + pem, pem + "-----BEGIN NONSENSE")) {
      assertThat(usable(text)).isEqualTo(key).hasSameHashCodeAs(key);
      assertThat(usable(text).sha256()).isEqualTo(key.sha256());
    }
    assertThat(key.x509()).isEqualTo(der);
    assertThat(key.pem()).isEqualTo(KeyPem.encode(der)).isEqualTo(usable(key.pem()).pem());
    assertThat(key.pem().lines()).allMatch(line -> line.length() <= 64);
    assertThat(key.pem()).endsWith("-----END PUBLIC KEY-----\n");
  }

  @Test
  void takesTheKeyAndNotItsEncoding() throws IOException {
    SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(RSA_2048.getPublic().getEncoded());
    DeviceKey key = usable(pem(info));
    AlgorithmIdentifier without = new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption);
    assertThat(usable(pem(new SubjectPublicKeyInfo(without, info.parsePublicKey()))))
        .isEqualTo(key);
    BERSequence ber =
        new BERSequence(new ASN1Encodable[] {info.getAlgorithm(), info.getPublicKeyData()});
    assertThat(usable(pem(ber.getEncoded()))).isEqualTo(key);
  }

  @Test
  void ignoresLineEndsInASignatureAndNothingElse() {
    DeviceKey key = usable(KeyFiles.publicOnly(RSA_2048.getPublic()));
    String signature = sign(RSA_2048);
    assertThat(key.verifies(MESSAGE, signature.replaceAll("(.{64})", "$1\r\n") + "\n")).isTrue();
    assertThat(signature).endsWith("==");
    for (String wrong :
        List.of(
            "",
            "\n",
            " " + signature,
            signature + " ",
            signature.replace("=", ""),
            signature + "AAAA",
            signature.substring(4),
            "=" + signature.substring(1),
            "====",
            "é" + signature.substring(1),
            signature.substring(0, 4) + "\0" + signature.substring(5),
            "-_" + signature.substring(2))) {
      assertThat(key.verifies(MESSAGE, wrong)).as(wrong).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
        "-----BEGIN public key-----\nMAA=\n-----END public key-----\n",
        "-----BEGIN RSA PUBLIC KEY-----\nMAA=\n-----END RSA PUBLIC KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        "-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n\nMAA=\n-----END PUBLIC KEY-----\n",
        "\0",
        "\ud800",
      })
  void refusesWhatIsNoPemOfAPublicKey(String text) {
    assertThat(refusal(text)).isEqualTo(UNDECODABLE);
  }

  @Test
  void looksAtTheFirstBlockAlone() {
    assertThat(refusal(KeyFiles.pkcs8(P_256) + KeyFiles.publicOnly(P_256.getPublic())))
        .isEqualTo(UNDECODABLE);
  }

  @Test
  void refusesWhatIsNoDer() {
    byte[] der = P_256.getPublic().getEncoded();
    for (byte[] wrong :
        List.of(
            new byte[0],
            new byte[] {0x30, 0},
            new byte[] {5, 0},
            new byte[] {0x30, (byte) 0x84, 0x7f, -1, -1, -1},
            Arrays.copyOf(der, der.length - 1),
            Arrays.copyOf(der, der.length + 1))) {
      assertThat(refusal(pem(wrong))).isEqualTo(NO_DER);
    }
  }

  /// A reader that calls itself for each level has no stack left for these.
  @ParameterizedTest
  @ValueSource(ints = {0x30, 0x31, 0x24, 0xA0, 0x23})
  void readsNoTowerOfStructures(int tag) {
    byte[] tower = new byte[45_000];
    for (int i = 0; i < tower.length; i += 2) {
      tower[i] = (byte) tag;
      tower[i + 1] = (byte) 0x80;
    }
    assertThat(refusal(pem(tower))).isEqualTo(NO_DER);
    for (KeyPair pair : List.of(P_256, KeyFiles.ec("secp224r1"))) {
      DeviceKey key = usable(KeyFiles.publicOnly(pair.getPublic()));
      assertThat(key.verifies(MESSAGE, base64(Arrays.copyOf(tower, 12_000)))).isFalse();
    }
  }

  static Stream<String> ofOtherKinds() throws IOException {
    return Stream.of(
        KeyFiles.publicOnly(KeyFiles.ofType("X25519").getPublic()),
        KeyFiles.publicOnly(KeyFiles.ofType("Ed448").getPublic()),
        KeyFiles.publicOnly(KeyFiles.ofType("DSA").getPublic()),
        KeyFiles.publicOnly(KeyFiles.ec("brainpoolP256r1").getPublic()),
        KeyFiles.publicOnly(KeyFiles.ec("secp192r1").getPublic()),
        // RSA-PSS
        pem(
            new SubjectPublicKeyInfo(
                new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSASSA_PSS),
                SubjectPublicKeyInfo.getInstance(RSA_2048.getPublic().getEncoded())
                    .parsePublicKey())),
        // Explicit parameters of P-256
        pem(
            new SubjectPublicKeyInfo(
                new AlgorithmIdentifier(
                    X9ObjectIdentifiers.id_ecPublicKey, ECNamedCurveTable.getByName("P-256")),
                SubjectPublicKeyInfo.getInstance(P_256.getPublic().getEncoded())
                    .getPublicKeyData()
                    .getOctets())),
        pem(
            new SubjectPublicKeyInfo(
                new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey), new byte[65])),
        pem(
            new SubjectPublicKeyInfo(
                new AlgorithmIdentifier(TeleTrusTObjectIdentifiers.brainpoolP256r1),
                new byte[65])));
  }

  @ParameterizedTest
  @MethodSource("ofOtherKinds")
  void refusesKeysOfOtherKinds(String pem) {
    assertThat(refusal(pem)).isEqualTo(UNRECOGNIZED);
  }

  @Test
  void refusesRsaNumbersThatAreWeakOrBurnTheCpu() {
    BigInteger modulus = new BigInteger(2048, new Random(1)).setBit(2047).setBit(0);
    assertThat(refusal(rsa(modulus.shiftRight(1025).setBit(0), 65537)))
        .isEqualTo(UNDECODABLE + ": RSA modulus: 1023 bits (expected: 1024 to 8192)");
    assertThat(refusal(rsa(BigInteger.ONE.shiftLeft(8192).setBit(0), 65537)))
        .isEqualTo(UNDECODABLE + ": RSA modulus: 8193 bits (expected: 1024 to 8192)");
    assertThat(refusal(rsa(BigInteger.ONE.shiftLeft(350_000).setBit(0), 65537)))
        .isEqualTo(UNDECODABLE + ": RSA modulus: 350001 bits (expected: 1024 to 8192)");
    assertThat(refusal(rsa(modulus.clearBit(0), 65537)))
        .isEqualTo(UNDECODABLE + ": RSA modulus: even (expected: a product of two odd primes)");
    for (long exponent : new long[] {0, 1, 2, 4, 65536, (1L << 33) + 1}) {
      assertThat(refusal(rsa(modulus, exponent)))
          .isEqualTo(
              UNDECODABLE
                  + ": RSA public exponent: out of range (expected: odd, 3 to 2^33, usually"
                  + " 65537)");
    }
    assertThat(refusal(rsa(BigInteger.valueOf(65537).pow(64), 65537)))
        .startsWith(UNDECODABLE + ": RSA modulus: made by a generator with the ROCA flaw");
  }

  @Test
  void asksForAsManyRsaBitsAsTheOperatorWants() {
    String pem = KeyFiles.publicOnly(RSA_2048.getPublic());
    assertThat(DeviceKey.parse(pem, 2048)).isInstanceOf(DeviceKey.Usable.class);
    assertThat(DeviceKey.parse(pem, 3072))
        .isEqualTo(
            new DeviceKey.Refused(
                UNDECODABLE + ": RSA modulus: 2048 bits (expected: 3072 to 8192)"));
  }

  /// A modulus need not be a product of primes for a provider to stumble over it.
  @Test
  void neverFailsOnRsaNumbersThatNobodyHasMade() {
    Random random = new Random(7);
    for (int i = 0; i < 200; i++) {
      int bits = 1024 + random.nextInt(1025);
      BigInteger modulus = new BigInteger(bits, random).setBit(bits - 1).setBit(0);
      long exponent = 3 + 2L * random.nextInt(Integer.MAX_VALUE / 2);
      if (DeviceKey.parse(rsa(modulus, exponent), 1024)
          instanceof DeviceKey.Usable(DeviceKey key)) {
        byte[] signature = new byte[(bits + 7) / 8];
        random.nextBytes(signature);
        assertThat(key.verifies(MESSAGE, base64(signature))).isFalse();
        Arrays.fill(signature, (byte) 0);
        assertThat(key.verifies(MESSAGE, base64(signature))).isFalse();
        signature[signature.length - 1] = 1;
        assertThat(key.verifies(MESSAGE, base64(signature))).isFalse();
      }
    }
  }

  @Test
  void refusesRsaParameters() throws IOException {
    AlgorithmIdentifier odd =
        new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, new ASN1Integer(1));
    SubjectPublicKeyInfo info =
        new SubjectPublicKeyInfo(
            odd,
            SubjectPublicKeyInfo.getInstance(RSA_2048.getPublic().getEncoded()).parsePublicKey());
    assertThat(refusal(pem(info))).isEqualTo(UNDECODABLE + ": RSA parameters (expected: NULL)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"secp224r1", "secp256r1", "secp384r1", "secp521r1", "secp256k1"})
  void refusesWhatIsNoPointOfTheCurve(String curve) throws IOException {
    SubjectPublicKeyInfo info =
        SubjectPublicKeyInfo.getInstance(KeyFiles.ec(curve).getPublic().getEncoded());
    byte[] point = info.getPublicKeyData().getOctets();
    byte[] off = point.clone();
    off[off.length - 1] ^= 1;
    ECPoint decoded = ECNamedCurveTable.getByName(curve).getCurve().decodePoint(point);
    byte[] hybrid = point.clone();
    hybrid[0] = (byte) (6 + (point[point.length - 1] & 1));
    byte[] outOfField = point.clone();
    Arrays.fill(outOfField, 1, outOfField.length, (byte) 0xff);
    for (byte[] wrong :
        List.of(
            off,
            hybrid,
            outOfField,
            decoded.getEncoded(true),
            new byte[] {0},
            new byte[0],
            new byte[] {4},
            new byte[point.length],
            Arrays.copyOf(point, point.length + 1),
            Arrays.copyOf(point, point.length - 1))) {
      assertThat(refusal(pem(new SubjectPublicKeyInfo(info.getAlgorithm(), wrong))))
          .isEqualTo(NO_POINT);
    }
  }

  @Test
  void refusesAPointOfAnotherCurve() throws IOException {
    byte[] point =
        SubjectPublicKeyInfo.getInstance(P_256.getPublic().getEncoded())
            .getPublicKeyData()
            .getOctets();
    AlgorithmIdentifier k1 =
        new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256k1);
    assertThat(refusal(pem(new SubjectPublicKeyInfo(k1, point)))).isEqualTo(NO_POINT);
  }

  /// CVE-2022-21449, and what else is a signature of nothing.
  @ParameterizedTest
  @ValueSource(strings = {"secp224r1", "secp256r1", "secp384r1", "secp521r1", "secp256k1"})
  void refusesEcdsaSignaturesOutOfRangeOrNotInDer(String curve) throws IOException {
    KeyPair pair = KeyFiles.ec(curve);
    DeviceKey key = usable(KeyFiles.publicOnly(pair.getPublic()));
    BigInteger n = ECNamedCurveTable.getByName(curve).getN();
    BigInteger one = BigInteger.ONE;
    for (List<BigInteger> rs :
        List.of(
            List.of(BigInteger.ZERO, BigInteger.ZERO),
            List.of(BigInteger.ZERO, one),
            List.of(one, BigInteger.ZERO),
            List.of(n, n),
            List.of(n, one),
            List.of(one, n),
            List.of(one.negate(), one),
            List.of(n.add(one), one),
            List.of(one, one))) {
      DERSequence der =
          new DERSequence(
              new ASN1Encodable[] {new ASN1Integer(rs.get(0)), new ASN1Integer(rs.get(1))});
      assertThat(key.verifies(MESSAGE, base64(der.getEncoded()))).isFalse();
    }
    byte[] good = Base64.getDecoder().decode(sign(pair));
    assertThat(key.verifies(MESSAGE, base64(good))).isTrue();
    BERSequence ber =
        new BERSequence(
            new ASN1Encodable[] {
              DERSequence.getInstance(good).getObjectAt(0),
              DERSequence.getInstance(good).getObjectAt(1)
            });
    assertThat(key.verifies(MESSAGE, base64(ber.getEncoded()))).isFalse();
    DERSequence three =
        new DERSequence(
            new ASN1Encodable[] {
              DERSequence.getInstance(good).getObjectAt(0),
              DERSequence.getInstance(good).getObjectAt(1),
              DERNull.INSTANCE
            });
    assertThat(key.verifies(MESSAGE, base64(three.getEncoded()))).isFalse();
  }

  @Test
  void refusesEd25519PointsThatVerifyAnything() throws IOException {
    byte[] smallOrder = new byte[32];
    smallOrder[0] = 1;
    byte[] notCanonical = new byte[32];
    Arrays.fill(notCanonical, (byte) 0xff);
    notCanonical[31] = 0x7f;
    for (byte[] weak : List.of(new byte[32], smallOrder, notCanonical)) {
      assertThat(refusal(ed25519(weak)))
          .isEqualTo(
              UNDECODABLE
                  + ": Ed25519 point: not canonical or of small order (expected: another key)");
    }
    for (byte[] wrong : List.of(new byte[0], new byte[31], new byte[33])) {
      assertThat(refusal(ed25519(wrong)))
          .isEqualTo(UNDECODABLE + ": Ed25519 (expected: no parameters and 32 bytes)");
    }
    SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(ED25519.getPublic().getEncoded());
    assertThat(
            refusal(
                pem(
                    new SubjectPublicKeyInfo(
                        new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519, DERNull.INSTANCE),
                        info.getPublicKeyData().getOctets()))))
        .isEqualTo(UNDECODABLE + ": Ed25519 (expected: no parameters and 32 bytes)");
  }

  @Test
  void refusesAnEd25519SignatureWhoseScalarIsTooLarge() {
    DeviceKey key = usable(KeyFiles.publicOnly(ED25519.getPublic()));
    byte[] signature = Base64.getDecoder().decode(sign(ED25519));
    BigInteger order =
        BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
    byte[] scalar = Arrays.copyOfRange(signature, 32, 64);
    byte[] larger = reversed(new BigInteger(1, reversed(scalar)).add(order).toByteArray());
    System.arraycopy(Arrays.copyOf(larger, 32), 0, signature, 32, 32);
    assertThat(key.verifies(MESSAGE, base64(signature))).isFalse();
  }

  @Test
  void saysNothingOfTheKeyInALog() {
    assertThat(usable(KeyFiles.publicOnly(P_256.getPublic()))).hasToString("DeviceKey[Ecdsa]");
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }

  private static String rsa(BigInteger modulus, long exponent) {
    try {
      return pem(
          new SubjectPublicKeyInfo(
              new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
              new RSAPublicKey(modulus, BigInteger.valueOf(exponent))));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String ed25519(byte[] point) throws IOException {
    return pem(
        new SubjectPublicKeyInfo(new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519), point));
  }

  private static String pem(SubjectPublicKeyInfo info) throws IOException {
    return pem(info.getEncoded());
  }

  private static String pem(byte[] der) {
    return KeyPem.encode(der);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static DeviceKey usable(String pem) {
    DeviceKey.Parsed parsed = DeviceKey.parse(pem, 1024);
    assertThat(parsed).isInstanceOf(DeviceKey.Usable.class);
    return ((DeviceKey.Usable) parsed).key();
  }

  private static String refusal(String pem) {
    DeviceKey.Parsed parsed = DeviceKey.parse(pem, 1024);
    assertThat(parsed).isInstanceOf(DeviceKey.Refused.class);
    return ((DeviceKey.Refused) parsed).why();
  }

  private static String sign(KeyPair pair) {
    String algorithm =
        switch (pair.getPrivate().getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "Ed25519";
        };
    try {
      Signature signature = Signature.getInstance(algorithm, BOUNCY_CASTLE);
      signature.initSign(pair.getPrivate());
      signature.update(MESSAGE);
      return base64(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
