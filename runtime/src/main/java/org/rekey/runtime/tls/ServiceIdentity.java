package org.rekey.runtime.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.config.TlsSettings;

/// What the three files of a service's mutual TLS said when they were read.
final class ServiceIdentity {
  private final TlsSettings files;
  private final CertificateChain chain;
  private final PrivateKey key;
  private final List<X509Certificate> authorities;
  private final byte[] keyFile;
  private final byte[] authoritiesFile;

  private ServiceIdentity(
      TlsSettings files,
      CertificateChain chain,
      PrivateKey key,
      List<X509Certificate> authorities,
      byte[] keyFile,
      byte[] authoritiesFile) {
    this.files = files;
    this.chain = chain;
    this.key = key;
    this.authorities = authorities;
    this.keyFile = keyFile;
    this.authoritiesFile = authoritiesFile;
  }

  /// @throws SettingsException naming the file that other services would not take, and why
  static ServiceIdentity read(TlsSettings files, Instant now) {
    byte[] keyFile = content(files.key());
    byte[] authoritiesFile = content(files.ca());
    try {
      CertificateChain chain =
          CertificateChain.parse(files.certificate(), content(files.certificate()));
      chain.mustBeInTime(now);
      PrivateKey key = privateKey(files.key(), keyFile, chain.leaf().getPublicKey().getAlgorithm());
      chain.mustBeFor(key, files.key());
      return new ServiceIdentity(
          files,
          chain,
          key,
          CertificateChain.certificates(files.ca(), authoritiesFile),
          keyFile,
          authoritiesFile);
    } catch (UnusableCertificateException e) {
      throw new SettingsException("TLS file: " + e.getMessage());
    }
  }

  CertificateChain chain() {
    return chain;
  }

  PrivateKey key() {
    return key;
  }

  List<X509Certificate> authorities() {
    return authorities;
  }

  /// Whether the files beside the certificate say what they did.
  boolean isAsItWas() {
    return isStill(keyFile, files.key()) && isStill(authoritiesFile, files.ca());
  }

  private static boolean isStill(byte[] was, Path file) {
    try {
      return Arrays.equals(was, Files.readAllBytes(file));
    } catch (IOException e) {
      return false;
    }
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new SettingsException(
          "TLS file: %s: cannot be read: %s".formatted(file, e.getClass().getSimpleName()));
    }
  }

  private static PrivateKey privateKey(Path file, byte[] pem, String algorithm)
      throws UnusableCertificateException {
    try (PemReader reader =
        new PemReader(new java.io.StringReader(new String(pem, StandardCharsets.ISO_8859_1)))) {
      PemObject found = reader.readPemObject();
      while (found != null && !found.getType().equals("PRIVATE KEY")) {
        found = reader.readPemObject();
      }
      if (found != null) {
        return KeyFactory.getInstance(algorithm)
            .generatePrivate(new PKCS8EncodedKeySpec(found.getContent()));
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new UnusableCertificateException(
          "%s: not the private key of an %s certificate (expected: PKCS#8, PEM, without a passphrase)"
              .formatted(file, algorithm));
    }
    throw new UnusableCertificateException(
        file + ": no private key in it (expected: PKCS#8, PEM, without a passphrase)");
  }
}
