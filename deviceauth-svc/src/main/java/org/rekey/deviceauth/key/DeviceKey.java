package org.rekey.deviceauth.key;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.rekey.verifier.key.KeyWeakness;

/// A public key that a device has shown. However it was written, the same key has the same bytes
/// here, so it is found again.
public final class DeviceKey {
  private static final String UNDECODABLE = "cannot decode public key";
  private static final String UNRECOGNIZED = "unrecognized public key type";
  private static final int ED25519_BYTES = 32;

  private final byte[] x509;
  private final Scheme scheme;

  private DeviceKey(byte[] x509, Scheme scheme) {
    this.x509 = x509;
    this.scheme = scheme;
  }

  /// @param pem whose first block is the key
  /// @param minRsaBits old devices have keys that are short by today's measure
  public static Parsed parse(String pem, int minRsaBits) {
    byte[] block = KeyPem.decode(pem).orElse(null);
    return block == null ? new Refused(UNDECODABLE) : parse(block, minRsaBits);
  }

  /// @param block SubjectPublicKeyInfo, DER
  public static Parsed parse(byte[] block, int minRsaBits) {
    try {
      SubjectPublicKeyInfo info =
          SubjectPublicKeyInfo.getInstance(ASN1Primitive.fromByteArray(block));
      AlgorithmIdentifier algorithm = info.getAlgorithm();
      ASN1ObjectIdentifier type = algorithm.getAlgorithm();
      if (type.equals(PKCSObjectIdentifiers.rsaEncryption)) {
        return rsa(info, minRsaBits);
      }
      if (type.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
        return ec(info);
      }
      if (type.equals(EdECObjectIdentifiers.id_Ed25519)) {
        return ed25519(info);
      }
      return new Refused(UNRECOGNIZED);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // BouncyCastle says by runtime exceptions what is no structure of the kind.
      return new Refused(UNDECODABLE + ": not a SubjectPublicKeyInfo in DER");
    }
  }

  private static Parsed rsa(SubjectPublicKeyInfo info, int minBits)
      throws IOException, GeneralSecurityException {
    ASN1Encodable parameters = info.getAlgorithm().getParameters();
    RSAPublicKey numbers = RSAPublicKey.getInstance(info.parsePublicKey());
    if (parameters != null && !DERNull.INSTANCE.equals(parameters)) {
      return new Refused(UNDECODABLE + ": RSA parameters (expected: NULL)");
    }
    BigInteger modulus = numbers.getModulus();
    BigInteger exponent = numbers.getPublicExponent();
    Optional<KeyWeakness> weakness = KeyWeakness.ofRsa(modulus, exponent, minBits);
    if (weakness.isPresent()) {
      return new Refused(UNDECODABLE + ": " + weakness.get().text());
    }
    AlgorithmIdentifier algorithm =
        new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);
    byte[] x509 =
        new SubjectPublicKeyInfo(algorithm, new RSAPublicKey(modulus, exponent))
            .getEncoded(ASN1Encoding.DER);
    PublicKey key =
        KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent));
    return new Usable(new DeviceKey(x509, new Scheme.Rsa(key)));
  }

  private static Parsed ec(SubjectPublicKeyInfo info) throws IOException {
    if (!(info.getAlgorithm().getParameters() instanceof ASN1ObjectIdentifier oid)) {
      return new Refused(UNRECOGNIZED);
    }
    EcCurve curve = EcCurve.of(oid).orElse(null);
    if (curve == null) {
      return new Refused(UNRECOGNIZED);
    }
    byte[] point = info.getPublicKeyData().getOctets();
    if (!curve.contains(point)) {
      return new Refused(UNDECODABLE + ": EC point (expected: a point of the curve, uncompressed)");
    }
    return new Usable(new DeviceKey(curve.x509(point), new Scheme.Ecdsa(curve, point)));
  }

  private static Parsed ed25519(SubjectPublicKeyInfo info)
      throws IOException, GeneralSecurityException {
    byte[] point = info.getPublicKeyData().getOctets();
    if (info.getAlgorithm().getParameters() != null || point.length != ED25519_BYTES) {
      return new Refused(UNDECODABLE + ": Ed25519 (expected: no parameters and 32 bytes)");
    }
    byte[] x509 =
        new SubjectPublicKeyInfo(new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519), point)
            .getEncoded(ASN1Encoding.DER);
    PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(x509));
    return KeyWeakness.of(key)
        .<Parsed>map(weakness -> new Refused(UNDECODABLE + ": " + weakness.text()))
        .orElseGet(() -> new Usable(new DeviceKey(x509, new Scheme.Ed25519(key))));
  }

  /// SubjectPublicKeyInfo, DER.
  public byte[] x509() {
    return x509.clone();
  }

  public byte[] sha256() {
    try {
      return MessageDigest.getInstance("SHA-256").digest(x509);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /// Lines of 64 columns, with a final line feed.
  public String pem() {
    return KeyPem.encode(x509);
  }

  /// @param signature Base64 with padding, in which line ends are ignored
  public boolean verifies(byte[] message, String signature) {
    String text = signature.replace("\r", "").replace("\n", "");
    if (text.isEmpty() || text.length() % 4 != 0) {
      return false;
    }
    try {
      return scheme.verifies(message, Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DeviceKey key && Arrays.equals(x509, key.x509);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(x509);
  }

  @Override
  public String toString() {
    return "DeviceKey[" + scheme.getClass().getSimpleName() + "]";
  }

  /// What a text turned out to be.
  public sealed interface Parsed {}

  public record Usable(DeviceKey key) implements Parsed {}

  /// @param why one line that the device's owner can act on
  public record Refused(String why) implements Parsed {}
}
