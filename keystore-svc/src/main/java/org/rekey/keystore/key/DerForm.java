package org.rekey.keystore.key;

import java.io.IOException;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;

/// What DER bytes look like from outside: enough to tell an operator what a file really holds.
enum DerForm {
  PKCS8("a private key in PKCS#8", "PRIVATE KEY"),
  ENCRYPTED_PKCS8("an encrypted private key in PKCS#8", "ENCRYPTED PRIVATE KEY"),
  PKCS1("an RSA private key in PKCS#1", "RSA PRIVATE KEY"),
  SEC1("an EC private key in SEC1", "EC PRIVATE KEY"),
  PUBLIC_KEY("a public key", "PUBLIC KEY"),
  CERTIFICATE("a certificate", "CERTIFICATE"),
  PKCS12("a PKCS#12 file", "");

  private final String text;
  private final String label;

  DerForm(String text, String label) {
    this.text = text;
    this.label = label;
  }

  /// For a message.
  String text() {
    return text;
  }

  /// What PEM calls it; empty when it has no name there.
  String label() {
    return label;
  }

  boolean isPrivateKey() {
    return label.endsWith("PRIVATE KEY");
  }

  static Optional<DerForm> of(byte[] der) {
    ASN1Primitive object;
    try {
      object = ASN1Primitive.fromByteArray(der);
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
    return object instanceof ASN1Sequence sequence && sequence.size() >= 2
        ? of(sequence)
        : Optional.empty();
  }

  private static Optional<DerForm> of(ASN1Sequence sequence) {
    var second = sequence.getObjectAt(1);
    return switch (sequence.getObjectAt(0)) {
      case ASN1Integer version when version.hasValue(3) && second instanceof ASN1Sequence ->
          Optional.of(PKCS12);
      case ASN1Integer _ when isAlgorithm(second) -> Optional.of(PKCS8);
      case ASN1Integer _ when second instanceof ASN1OctetString -> Optional.of(SEC1);
      case ASN1Integer _ when second instanceof ASN1Integer && sequence.size() >= 9 ->
          Optional.of(PKCS1);
      case ASN1Sequence first when isAlgorithm(first) && second instanceof ASN1BitString ->
          Optional.of(PUBLIC_KEY);
      case ASN1Sequence first when isAlgorithm(first) && second instanceof ASN1OctetString ->
          Optional.of(ENCRYPTED_PKCS8);
      case ASN1Sequence _
          when sequence.size() == 3 && sequence.getObjectAt(2) instanceof ASN1BitString ->
          Optional.of(CERTIFICATE);
      default -> Optional.empty();
    };
  }

  private static boolean isAlgorithm(ASN1Encodable object) {
    return object instanceof ASN1Sequence sequence
        && sequence.size() >= 1
        && sequence.getObjectAt(0) instanceof ASN1ObjectIdentifier;
  }
}
