package org.rekey.keystore.key;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Map;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.rekey.keystore.key.PemKeys.Flaw;
import org.rekey.verifier.key.KeyWeakness;
import org.rekey.verifier.key.PublicKeys;

/// From a private key in ASN.1 to one that signs, the public half computed from the private one:
/// what a file says of its public half is not believed.
final class PrivateKeyTypes {
  private static final String EXPECTED =
      " (expected: RSA, EC on P-256, P-384 or P-521, Ed25519, or ML-DSA)";
  private static final int MIN_RSA_BITS = 2048;
  private static final Map<ASN1ObjectIdentifier, String> CURVES =
      Map.of(
          SECObjectIdentifiers.secp256r1, "P-256",
          SECObjectIdentifiers.secp384r1, "P-384",
          SECObjectIdentifiers.secp521r1, "P-521");
  private static final Map<ASN1ObjectIdentifier, String> NAMES_OF_OTHERS =
      Map.of(
          X9ObjectIdentifiers.id_dsa, "DSA",
          PKCSObjectIdentifiers.id_RSASSA_PSS, "RSASSA-PSS",
          EdECObjectIdentifiers.id_X25519, "X25519",
          EdECObjectIdentifiers.id_X448, "X448",
          EdECObjectIdentifiers.id_Ed448, "Ed448");

  private PrivateKeyTypes() {}

  static FileKey signingKey(PrivateKeyInfo info) throws IOException, UnusableKeyException {
    var type = info.getPrivateKeyAlgorithm().getAlgorithm();
    if (type.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return rsa(info);
    }
    if (type.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return ec(info);
    }
    if (type.equals(EdECObjectIdentifiers.id_Ed25519)) {
      return ed25519(info);
    }
    if (MlDsaPrivateKeys.isOne(type)) {
      return mlDsa(info);
    }
    throw new UnusableKeyException(
        Flaw.UNSUPPORTED_TYPE,
        "key type: " + NAMES_OF_OTHERS.getOrDefault(type, type.getId()) + EXPECTED);
  }

  private static FileKey rsa(PrivateKeyInfo info) throws IOException, UnusableKeyException {
    var key = RSAPrivateKey.getInstance(info.parsePrivateKey());
    var weakness =
        KeyWeakness.ofRsa(key.getModulus(), key.getPublicExponent(), MIN_RSA_BITS)
            .map(KeyWeakness::text)
            .or(() -> RsaNumbers.weakness(key));
    if (weakness.isPresent()) {
      throw new UnusableKeyException(Flaw.WEAK_KEY, weakness.get());
    }
    var publicInfo =
        new SubjectPublicKeyInfo(
            new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
            new org.bouncycastle.asn1.pkcs.RSAPublicKey(key.getModulus(), key.getPublicExponent()));
    return pair("RSA", info, publicInfo);
  }

  private static FileKey ec(PrivateKeyInfo info) throws IOException, UnusableKeyException {
    var parameters = info.getPrivateKeyAlgorithm().getParameters();
    if (!(parameters instanceof ASN1ObjectIdentifier curve)) {
      throw new UnusableKeyException(
          Flaw.UNSUPPORTED_TYPE,
          "EC curve: written out as numbers (expected: the name of P-256, P-384 or P-521)");
    }
    if (!CURVES.containsKey(curve)) {
      var name = ECNamedCurveTable.getName(curve);
      throw new UnusableKeyException(
          Flaw.UNSUPPORTED_TYPE,
          "EC curve: "
              + (name == null ? curve.getId() : name)
              + " (expected: P-256, P-384 or P-521)");
    }
    var key = (ECPrivateKeyParameters) PrivateKeyFactory.createKey(info);
    var domain = key.getParameters();
    var distance = key.getD().min(domain.getN().subtract(key.getD()));
    if (distance.bitLength() < domain.getN().bitLength() / 2) {
      throw new UnusableKeyException(
          Flaw.WEAK_KEY, "EC private number: far too small (expected: a random one)");
    }
    var point = new FixedPointCombMultiplier().multiply(domain.getG(), key.getD()).normalize();
    var plain =
        new PrivateKeyInfo(
            new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve),
            new ECPrivateKey(domain.getN().bitLength(), key.getD(), curve));
    return pair(
        "EC",
        plain,
        SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(
            new ECPublicKeyParameters(point, domain)));
  }

  /// Written again without the public half that some tools add: the JDK refuses that form.
  private static FileKey ed25519(PrivateKeyInfo info) throws IOException, UnusableKeyException {
    var key = (Ed25519PrivateKeyParameters) PrivateKeyFactory.createKey(info);
    var seed = key.getEncoded();
    if (IntStream.range(1, seed.length).allMatch(i -> seed[i] == seed[0])) {
      throw new UnusableKeyException(
          Flaw.WEAK_KEY, "Ed25519 seed: one byte over and over (expected: a random one)");
    }
    var plain =
        new PrivateKeyInfo(
            new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519), new DEROctetString(seed));
    return pair(
        "Ed25519",
        plain,
        SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(key.generatePublicKey()));
  }

  private static FileKey mlDsa(PrivateKeyInfo info) throws IOException, UnusableKeyException {
    var key = MlDsaPrivateKeys.read(info);
    return pair(
        "ML-DSA",
        MlDsaPrivateKeys.expanded(info, key),
        SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(key.getPublicKeyParameters()));
  }

  private static FileKey pair(
      String algorithm, PrivateKeyInfo privateInfo, SubjectPublicKeyInfo publicInfo)
      throws IOException, UnusableKeyException {
    try {
      var publicKey =
          PublicKeys.parse(publicInfo.getEncoded("DER"))
              .orElseThrow(
                  () ->
                      new UnusableKeyException(
                          Flaw.UNSUPPORTED_TYPE, "key: unreadable public half" + EXPECTED));
      var privateKey =
          KeyFactory.getInstance(algorithm)
              .generatePrivate(new PKCS8EncodedKeySpec(privateInfo.getEncoded("DER")));
      return FileKey.of(privateKey, publicKey);
    } catch (GeneralSecurityException e) {
      throw new UnusableKeyException(
          Flaw.UNSUPPORTED_TYPE, "private key: not accepted by this JDK" + EXPECTED);
    }
  }
}
