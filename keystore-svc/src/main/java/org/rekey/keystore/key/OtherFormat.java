package org.rekey.keystore.key;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Optional;
import org.rekey.keystore.key.PemKeys.Flaw;
import org.rekey.keystore.key.PemKeys.Unusable;

/// Files that hold a key in a form that is not read here, told by how they begin. Each comes with
/// the way to the form that is.
final class OtherFormat {
  private static final String TO_PEM = " (convert it: openssl pkey -inform DER -in OLD -out NEW)";
  private static final int HEAD = 64;

  private OtherFormat() {}

  /// Empty for what may be PEM.
  static Optional<Unusable> of(byte[] file) {
    var head = new String(file, 0, Math.min(file.length, HEAD), ISO_8859_1);
    var der = DerForm.of(file);
    if (der.isPresent()) {
      return other(der.get());
    }
    if (head.startsWith("\u00FE\u00ED\u00FE\u00ED")) {
      return other("a Java key store (convert it: keytool -importkeystore, then openssl pkcs12)");
    }
    if (head.startsWith("\u00FF\u00FE") || head.startsWith("\u00FE\u00FF")) {
      return encoding("UTF-16 (expected: ASCII; convert it: iconv -f UTF-16 -t ASCII)");
    }
    if (head.startsWith("-\0-\0") || head.startsWith("\0-\0-")) {
      return encoding(
          "UTF-16 without a mark (expected: ASCII; convert it: iconv -f UTF-16LE -t ASCII)");
    }
    if (head.indexOf('\0') >= 0) {
      return encoding(
          "it holds NUL bytes, as after a crash or in a binary file (expected: ASCII; write it again)");
    }
    return ofText(head.strip());
  }

  /// Keys that stand between BEGIN and END and are no ASN.1.
  static Optional<Unusable> ofLabel(String label) {
    return label.equals("OPENSSH PRIVATE KEY")
        ? other(
            "an OpenSSH key (convert it: ssh-keygen -p -m PKCS8 -f FILE; for Ed25519, which that cannot do, make a new key)")
        : Optional.empty();
  }

  private static Optional<Unusable> ofText(String head) {
    if (head.startsWith("{")) {
      return other("JSON, perhaps a JSON Web Key (expected: the same key as PEM, PKCS#8)");
    }
    if (head.startsWith("PuTTY-User-Key-File")) {
      return other("a PuTTY key (convert it: puttygen OLD -O private-openssh -o NEW)");
    }
    if (head.startsWith("-----BEGIN PGP")) {
      return other("an OpenPGP file (expected: a private key of its own for this ring)");
    }
    if (head.startsWith("ssh-") || head.startsWith("ecdsa-sha2-")) {
      return Optional.of(
          new Unusable(Flaw.PUBLIC_KEY, "a public key of OpenSSH (expected: the private key)"));
    }
    if (head.startsWith("LS0tLS1CRUdJTi")) {
      return encoding("base64 of a PEM file (decode it once more: base64 -d)");
    }
    if (head.startsWith("-----BEGIN ") && head.contains("-----\\n")) {
      return encoding(
          "its line ends are written out as \\n (expected: real line ends; printf '%b' \"$(cat OLD)\" > NEW)");
    }
    return Optional.empty();
  }

  private static Optional<Unusable> other(DerForm form) {
    return switch (form) {
      case PKCS8, PKCS1, SEC1 -> other("binary DER: " + form.text() + TO_PEM);
      case ENCRYPTED_PKCS8 ->
          other(
              "binary DER: "
                  + form.text()
                  + " (convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -inform DER -in OLD -out NEW)");
      case PKCS12 ->
          other(form.text() + " (convert it: openssl pkcs12 -in OLD -nocerts -nodes -out NEW)");
      case PUBLIC_KEY ->
          Optional.of(
              new Unusable(
                  Flaw.PUBLIC_KEY, "a public key, in binary DER (expected: the private key)"));
      case CERTIFICATE ->
          Optional.of(
              new Unusable(
                  Flaw.CERTIFICATE,
                  "a certificate, in binary DER (expected: the private key that belongs to it)"));
    };
  }

  private static Optional<Unusable> other(String why) {
    return Optional.of(new Unusable(Flaw.OTHER_FORMAT, why));
  }

  private static Optional<Unusable> encoding(String why) {
    return Optional.of(new Unusable(Flaw.TEXT_ENCODING, why));
  }
}
