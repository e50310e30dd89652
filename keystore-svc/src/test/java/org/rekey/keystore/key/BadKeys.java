package org.rekey.keystore.key;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.Random;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.rekey.testkit.KeyFiles;

/// Private keys that no sound generator makes.
public final class BadKeys {
  private static final Random RANDOM = new Random(7);
  private static final BigInteger E = BigInteger.valueOf(65_537);

  private BadKeys() {}

  public static String rsaNumbersOfTwoKeys() {
    var one = crt(KeyFiles.rsa(2048));
    return pkcs1(
        crt(KeyFiles.rsa(2048)).getModulus(),
        one.getPublicExponent(),
        one.getPrivateExponent(),
        one.getPrimeP(),
        one.getPrimeQ());
  }

  public static String evenModulus() {
    var key = crt(KeyFiles.rsa(2048));
    return pkcs1(
        key.getModulus().clearBit(0),
        E,
        key.getPrivateExponent(),
        key.getPrimeP(),
        key.getPrimeQ());
  }

  public static String exponentOfOne() {
    var key = crt(KeyFiles.rsa(2048));
    return pkcs1(
        key.getModulus(), BigInteger.ONE, BigInteger.ONE, key.getPrimeP(), key.getPrimeQ());
  }

  public static String closePrimes() {
    var p = prime(1024);
    return ofPrimes(p, p.nextProbablePrime());
  }

  public static String shortPrime() {
    return ofPrimes(prime(1900), prime(148));
  }

  public static String compositePrime() {
    return ofPrimes(prime(1024), prime(512).multiply(prime(512)));
  }

  /// A private exponent of 256 bits: the public half gives it away (Wiener).
  public static String smallPrivateExponent() {
    var p = prime(1024);
    var q = prime(1024);
    return pkcs1(p.multiply(q), E, prime(256), p, q);
  }

  /// In PKCS#8, DER.
  public static byte[] longModulus() {
    var big = BigInteger.ONE.shiftLeft(200_000).setBit(0);
    try {
      return new PrivateKeyInfo(
              new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption),
              new RSAPrivateKey(big, E, big, E, E, E, E, E))
          .getEncoded();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String ecOfOne() {
    return info(
        new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256r1),
        new ECPrivateKey(256, BigInteger.ONE, SECObjectIdentifiers.secp256r1));
  }

  /// P-256, its numbers written out where its name belongs.
  public static String explicitCurve() {
    return info(
        new AlgorithmIdentifier(
            X9ObjectIdentifiers.id_ecPublicKey,
            ECNamedCurveTable.getByOID(SECObjectIdentifiers.secp256r1)),
        new ECPrivateKey(256, new BigInteger(250, RANDOM).setBit(249)));
  }

  public static String ed25519(byte[] seed) {
    return info(
        new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519), new DEROctetString(seed));
  }

  public static byte[] pkcs12() {
    try {
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      var bytes = new ByteArrayOutputStream();
      store.store(bytes, "secret".toCharArray());
      return bytes.toByteArray();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String ofPrimes(BigInteger p, BigInteger q) {
    return pkcs1(p.multiply(q), E, E.modInverse(phi(p, q)), p, q);
  }

  private static BigInteger phi(BigInteger p, BigInteger q) {
    return p.subtract(BigInteger.ONE).multiply(q.subtract(BigInteger.ONE));
  }

  private static BigInteger prime(int bits) {
    while (true) {
      var prime = BigInteger.probablePrime(bits, RANDOM).setBit(bits - 2);
      if (prime.isProbablePrime(30)
          && prime.subtract(BigInteger.ONE).gcd(E).equals(BigInteger.ONE)) {
        return prime;
      }
    }
  }

  private static String pkcs1(
      BigInteger n, BigInteger e, BigInteger d, BigInteger p, BigInteger q) {
    return info(
        new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption),
        new RSAPrivateKey(
            n,
            e,
            d,
            p,
            q,
            d.mod(p.subtract(BigInteger.ONE)),
            d.mod(q.subtract(BigInteger.ONE)),
            q.modInverse(p)));
  }

  private static String info(AlgorithmIdentifier algorithm, ASN1Encodable key) {
    try {
      return KeyFiles.pem("PRIVATE KEY", new PrivateKeyInfo(algorithm, key).getEncoded());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RSAPrivateCrtKey crt(KeyPair pair) {
    return (RSAPrivateCrtKey) pair.getPrivate();
  }
}
