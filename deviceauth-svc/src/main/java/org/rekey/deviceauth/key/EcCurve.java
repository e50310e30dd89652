package org.rekey.deviceauth.key;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.math.ec.ECPoint;
import org.rekey.verifier.key.CryptoProvider;

/// The curves that devices use. Only as a name: explicit parameters are how CVE-2020-0601 was done.
///
/// The JDK has forgotten two of them, so BouncyCastle checks those; it is called by its own
/// interface and registered nowhere. It also checks of every key that the point is on the curve,
/// and of every signature that it is DER in its one canonical form.
@SuppressWarnings("ImmutableEnumChecker") // the parameters are never written
enum EcCurve {
  P_224(SECObjectIdentifiers.secp224r1, false),
  P_256(SECObjectIdentifiers.secp256r1, true),
  P_384(SECObjectIdentifiers.secp384r1, true),
  P_521(SECObjectIdentifiers.secp521r1, true),
  SECP256K1(SECObjectIdentifiers.secp256k1, false);

  private static final byte UNCOMPRESSED = 4;

  private final ASN1ObjectIdentifier oid;
  private final boolean knownToJca;
  private final ECDomainParameters domain;

  EcCurve(ASN1ObjectIdentifier oid, boolean knownToJca) {
    X9ECParameters parameters = CustomNamedCurves.getByOID(oid);
    this.oid = oid;
    this.knownToJca = knownToJca;
    this.domain = new ECDomainParameters(parameters);
  }

  static Optional<EcCurve> of(ASN1ObjectIdentifier oid) {
    return Arrays.stream(values()).filter(curve -> curve.oid.equals(oid)).findFirst();
  }

  /// Whether this is a point of the curve, uncompressed and not at infinity.
  boolean contains(byte[] point) {
    if (point.length < 2 || point[0] != UNCOMPRESSED) {
      return false;
    }
    try {
      return !domain.getCurve().decodePoint(point).isInfinity();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /// SubjectPublicKeyInfo of a point, DER.
  byte[] x509(byte[] point) throws IOException {
    AlgorithmIdentifier algorithm =
        new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, oid);
    return new SubjectPublicKeyInfo(algorithm, point).getEncoded(ASN1Encoding.DER);
  }

  boolean verifies(byte[] point, byte[] message, byte[] signature) {
    if (!isWellFormed(signature)) {
      return false;
    }
    return knownToJca
        ? verifiesByJca(point, message, signature)
        : verifiesByBouncyCastle(point, message, signature);
  }

  /// Canonical DER, and 0 < r, s < n, which not every provider has always checked
  /// (CVE-2022-21449).
  private boolean isWellFormed(byte[] signature) {
    try {
      BigInteger[] rs = StandardDSAEncoding.INSTANCE.decode(domain.getN(), signature);
      return rs[0].signum() > 0 && rs[1].signum() > 0;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  private boolean verifiesByJca(byte[] point, byte[] message, byte[] signature) {
    try {
      Signature check = CryptoProvider.preferred().signature("SHA256withECDSA");
      check.initVerify(
          KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(x509(point))));
      check.update(message);
      return check.verify(signature);
    } catch (GeneralSecurityException | IOException e) {
      return false;
    }
  }

  private boolean verifiesByBouncyCastle(byte[] point, byte[] message, byte[] signature) {
    ECPoint decoded = domain.getCurve().decodePoint(point);
    DSADigestSigner check =
        new DSADigestSigner(new ECDSASigner(), new SHA256Digest(), StandardDSAEncoding.INSTANCE);
    check.init(false, new ECPublicKeyParameters(decoded, domain));
    check.update(message, 0, message.length);
    return check.verifySignature(signature);
  }
}
