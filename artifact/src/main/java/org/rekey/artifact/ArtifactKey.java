package org.rekey.artifact;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// The public half of a key that signs artifacts: RSA with 2048 bits or more, which signs by PKCS#1
/// v1.5 with SHA-256, or P-256, whose signature is r and s with 32 bytes each. Devices know no
/// others.
public final class ArtifactKey {
  private static final int LEAST_BITS = 2048;
  private static final int MOST_BITS = 8192;
  private static final int P256_SIGNATURE = 64;
  private static final BigInteger P256_ORDER =
      new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s([A-Za-z0-9+/=\\s]*)-----END \\1-----");
  private static final int LONGEST_FILE = 1 << 20;
  private static final int PEM_LINE = 64;

  private final PublicKey key;

  private ArtifactKey(PublicKey key) {
    this.key = key;
  }

  /// @throws IllegalArgumentException for a key that signs no artifacts, saying which do
  public static ArtifactKey of(PublicKey key) {
    switch (key) {
      case RSAPublicKey rsa -> {
        int bits = rsa.getModulus().bitLength();
        if (bits < LEAST_BITS || bits > MOST_BITS) {
          throw new IllegalArgumentException(
              "an RSA key of %d bits (expected: %d to %d, or a P-256 key)"
                  .formatted(bits, LEAST_BITS, MOST_BITS));
        }
      }
      case ECPublicKey ec when ec.getParams().getOrder().equals(P256_ORDER) -> {}
      case ECPublicKey _ ->
          throw new IllegalArgumentException(
              "an EC key on another curve (expected: P-256, or an RSA key)");
      default ->
          throw new IllegalArgumentException(
              "a key of type %s (expected: RSA or P-256, which is what devices verify)"
                  .formatted(key.getAlgorithm()));
    }
    return new ArtifactKey(key);
  }

  /// All keys of a PEM file: one, or several one after the other.
  ///
  /// @throws IllegalArgumentException when it holds anything but such public keys, or none
  public static List<ArtifactKey> fromPem(String pem) {
    if (pem.length() > LONGEST_FILE) {
      throw new IllegalArgumentException("over 1 MiB (expected: public keys, PEM)");
    }
    List<ArtifactKey> keys = new ArrayList<>();
    var blocks = BLOCK.matcher(pem);
    while (blocks.find()) {
      if (!blocks.group(1).equals("PUBLIC KEY")) {
        throw new IllegalArgumentException(
            "holds a %s (expected: PUBLIC KEY blocks alone; openssl pkey -pubout makes one)"
                .formatted(blocks.group(1)));
      }
      keys.add(parse(blocks.group(2)));
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("no public key in it (expected: PUBLIC KEY blocks, PEM)");
    }
    return keys;
  }

  private static ArtifactKey parse(String base64) {
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("a PUBLIC KEY block that is no base64 (expected: PEM)", e);
    }
    for (var type : List.of("RSA", "EC", "Ed25519")) {
      try {
        var key = KeyFactory.getInstance(type).generatePublic(new X509EncodedKeySpec(der));
        if (Arrays.equals(key.getEncoded(), der)) {
          return of(key);
        }
      } catch (GeneralSecurityException e) {
        // Another type, perhaps.
      }
    }
    throw new IllegalArgumentException(
        "a PUBLIC KEY block of no known type (expected: RSA, P-256)");
  }

  public PublicKey publicKey() {
    return key;
  }

  /// `RSA 3072` or `P-256`.
  public String type() {
    return key instanceof RSAPublicKey rsa ? "RSA " + rsa.getModulus().bitLength() : "P-256";
  }

  /// As devices want it for `ArtifactVerifyKey`.
  public String toPem() {
    var body = Base64.getMimeEncoder(PEM_LINE, new byte[] {'\n'}).encodeToString(key.getEncoded());
    return "-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----\n";
  }

  /// Why a signature is not one of this key over a manifest; empty when it is.
  public Optional<String> problem(Manifest manifest, String signatureText) {
    var signature = SignatureText.read(signatureText);
    if (signature.isEmpty()) {
      return Optional.of("manifest.sig is not base64 (expected: the signature in it, on one line)");
    }
    if (signature.get().length != signatureLength()) {
      return Optional.of(
          "the signature has %d bytes (expected: %d, as a key of type %s signs)"
              .formatted(signature.get().length, signatureLength(), type()));
    }
    return isSignature(manifest.bytes(), signature.get())
        ? Optional.empty()
        : Optional.of(
            "the signature is not this key's, or not over this manifest (key: %s)"
                .formatted(type()));
  }

  private boolean isSignature(byte[] bytes, byte[] signature) {
    try {
      var check =
          Signature.getInstance(
              key instanceof RSAPublicKey ? "SHA256withRSA" : "SHA256withECDSAinP1363Format");
      check.initVerify(key);
      check.update(bytes);
      return check.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private int signatureLength() {
    return key instanceof RSAPublicKey rsa
        ? (rsa.getModulus().bitLength() + 7) / 8
        : P256_SIGNATURE;
  }

  /// How long the text of a signature of this key is.
  int signatureTextLength() {
    return (signatureLength() + 2) / 3 * 4;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ArtifactKey same && key.equals(same.key);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }
}
