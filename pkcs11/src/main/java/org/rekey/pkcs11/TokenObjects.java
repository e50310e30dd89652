package org.rekey.pkcs11;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.rekey.pkcs11.Cryptoki.Attribute;
import org.rekey.pkcs11.UnusableTokenKeyException.Flaw;

/// Finds a key in a token, and its public half: in a public key object, in a certificate, or in the
/// private key's own attributes, whichever is there.
final class TokenObjects {
  private static final long RSA = 0x0;
  private static final long EC = 0x3;
  private static final long EC_EDWARDS = 0x40;
  private static final int UNCOMPRESSED = 0x04;
  private static final int ED25519_LENGTH = 32;

  private static final Set<ASN1ObjectIdentifier> CURVES =
      Set.of(
          SECObjectIdentifiers.secp256r1,
          SECObjectIdentifiers.secp384r1,
          SECObjectIdentifiers.secp521r1);

  /// Of keys in certificates, by the JDK's names.
  private static final Set<String> TYPES = Set.of("RSA", "EC", "EdDSA");

  private TokenObjects() {}

  /// Its handle.
  ///
  /// @throws UnusableTokenKeyException when there is none, or more than one
  static long privateKey(Cryptoki cryptoki, long session, Pkcs11Uri uri)
      throws CryptokiException, UnusableTokenKeyException {
    var found = cryptoki.find(session, template(Cryptoki.CKO_PRIVATE_KEY, uri));
    if (found.isEmpty()) {
      throw flaw("no private " + uri.key() + " (see: pkcs11-tool --login --list-objects)");
    }
    if (found.size() > 1) {
      throw flaw(
          "%d private keys are %s (name it by object and id)".formatted(found.size(), uri.key()));
    }
    return found.getFirst();
  }

  /// @throws UnusableTokenKeyException when the token shows none, or one of another type
  static PublicKey publicKey(Cryptoki cryptoki, long session, long privateKey, Pkcs11Uri uri)
      throws CryptokiException, UnusableTokenKeyException {
    var type =
        cryptoki
            .attribute(session, privateKey, Cryptoki.CKA_KEY_TYPE)
            .map(bytes -> new BigInteger(1, reversed(bytes)).longValue())
            .orElse(-1L);
    var sources = new ArrayList<Long>();
    var id = cryptoki.attribute(session, privateKey, Cryptoki.CKA_ID).orElse(new byte[0]);
    if (id.length > 0) {
      sources.addAll(
          cryptoki.find(
              session,
              List.of(
                  Attribute.number(Cryptoki.CKA_CLASS, Cryptoki.CKO_PUBLIC_KEY),
                  new Attribute(Cryptoki.CKA_ID, id))));
    } else {
      sources.addAll(cryptoki.find(session, template(Cryptoki.CKO_PUBLIC_KEY, uri)));
    }
    sources.add(privateKey);
    for (long source : sources) {
      var key = publicKey(cryptoki, session, source, type);
      if (key.isPresent()) {
        return key.get();
      }
    }
    if (id.length > 0) {
      for (long certificate :
          cryptoki.find(
              session,
              List.of(
                  Attribute.number(Cryptoki.CKA_CLASS, Cryptoki.CKO_CERTIFICATE),
                  new Attribute(Cryptoki.CKA_ID, id)))) {
        var key =
            cryptoki
                .attribute(session, certificate, Cryptoki.CKA_VALUE)
                .flatMap(TokenObjects::ofCertificate);
        if (key.isPresent()) {
          return key.get();
        }
      }
    }
    if (type != RSA && type != EC && type != EC_EDWARDS) {
      throw flaw("%s: key type %d (expected: RSA, EC or Ed25519)".formatted(uri.key(), type));
    }
    throw flaw(
        "%s: the token shows no public half of it (put it there: pkcs11-tool --write-object PUBLIC.der --type pubkey --id %s)"
            .formatted(uri.key(), id.length == 0 ? "ID" : HexFormat.of().formatHex(id)));
  }

  private static Optional<PublicKey> publicKey(
      Cryptoki cryptoki, long session, long object, long type) throws UnusableTokenKeyException {
    try {
      if (type == RSA) {
        var modulus = cryptoki.attribute(session, object, Cryptoki.CKA_MODULUS);
        var exponent = cryptoki.attribute(session, object, Cryptoki.CKA_PUBLIC_EXPONENT);
        return modulus.isEmpty() || exponent.isEmpty() || exponent.get().length == 0
            ? Optional.empty()
            : parsed(
                "RSA",
                new SubjectPublicKeyInfo(
                    new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                    new RSAPublicKey(
                        new BigInteger(1, modulus.get()), new BigInteger(1, exponent.get()))));
      }
      var point =
          cryptoki.attribute(session, object, Cryptoki.CKA_EC_POINT).map(TokenObjects::point);
      if (point.isEmpty()) {
        return Optional.empty();
      }
      if (type == EC_EDWARDS) {
        return point.get().length == ED25519_LENGTH
            ? parsed(
                "Ed25519",
                new SubjectPublicKeyInfo(
                    new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519), point.get()))
            : Optional.empty();
      }
      var parameters = cryptoki.attribute(session, object, Cryptoki.CKA_EC_PARAMS);
      if (type != EC
          || parameters.isEmpty()
          || !(ASN1Primitive.fromByteArray(parameters.get())
              instanceof ASN1ObjectIdentifier curve)) {
        return Optional.empty();
      }
      if (!CURVES.contains(curve)) {
        throw new UnusableTokenKeyException(
            Flaw.TYPE, "EC curve: %s (expected: P-256, P-384 or P-521)".formatted(curve));
      }
      return parsed(
          "EC",
          new SubjectPublicKeyInfo(
              new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve), point.get()));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// The standard wraps points into an OCTET STRING; some tokens do not.
  private static byte[] point(byte[] value) {
    if (value.length == ED25519_LENGTH
        || (value.length > 0
            && value[0] == UNCOMPRESSED
            && value.length % 2 == 1
            && !isWrapped(value))) {
      return value;
    }
    try {
      return ASN1OctetString.getInstance(value).getOctets();
    } catch (IllegalArgumentException e) {
      return value;
    }
  }

  /// An OCTET STRING begins with 04 as an uncompressed point does; its length tells them apart.
  private static boolean isWrapped(byte[] value) {
    try {
      return ASN1Primitive.fromByteArray(value) instanceof ASN1OctetString;
    } catch (IOException e) {
      return false;
    }
  }

  private static Optional<PublicKey> ofCertificate(byte[] der) {
    try {
      var certificate =
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
      var key = certificate.getPublicKey();
      return TYPES.contains(key.getAlgorithm()) ? Optional.of(key) : Optional.empty();
    } catch (CertificateException e) {
      return Optional.empty();
    }
  }

  private static Optional<PublicKey> parsed(String type, SubjectPublicKeyInfo info)
      throws IOException {
    try {
      return Optional.of(
          KeyFactory.getInstance(type)
              .generatePublic(new X509EncodedKeySpec(info.getEncoded("DER"))));
    } catch (GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  private static List<Attribute> template(long objectClass, Pkcs11Uri uri) {
    var template = new ArrayList<Attribute>();
    template.add(Attribute.number(Cryptoki.CKA_CLASS, objectClass));
    if (uri.object() != null) {
      template.add(new Attribute(Cryptoki.CKA_LABEL, uri.object().getBytes(UTF_8)));
    }
    if (uri.id() != null) {
      template.add(new Attribute(Cryptoki.CKA_ID, HexFormat.of().parseHex(uri.id())));
    }
    return template;
  }

  private static byte[] reversed(byte[] bytes) {
    var reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }

  private static UnusableTokenKeyException flaw(String why) {
    return new UnusableTokenKeyException(Flaw.KEY, why);
  }
}
