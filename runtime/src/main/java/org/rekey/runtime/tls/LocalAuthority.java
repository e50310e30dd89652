package org.rekey.runtime.tls;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/// A certificate authority in a directory, for a machine that has none: `ca.pem`, `ca.key`, and for
/// every name `NAME.pem` and `NAME.key`. P-256 throughout. Files that are there are kept, unless
/// they end within 30 days.
public final class LocalAuthority {
  private static final Duration CA_LIFE = Duration.ofDays(3650);
  private static final Duration LEAF_LIFE = Duration.ofDays(397);
  private static final Duration RENEW_BEFORE = Duration.ofDays(30);

  private final Path directory;
  private final Instant now;
  private final SecureRandom random;
  private final X509Certificate caCertificate;
  private final PrivateKey caKey;

  private LocalAuthority(
      Path directory,
      Instant now,
      SecureRandom random,
      X509Certificate certificate,
      PrivateKey key) {
    this.directory = directory;
    this.now = now;
    this.random = random;
    this.caCertificate = certificate;
    this.caKey = key;
  }

  /// Opens the authority in a directory, or makes it.
  public static LocalAuthority open(Path directory, Instant now, SecureRandom random) {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path certificate = directory.resolve("ca.pem");
      Path key = directory.resolve("ca.key");
      if (!Files.exists(certificate) || !Files.exists(key)) {
        KeyPair pair = newKey(random);
        X500Principal name = new X500Principal("CN=Rekey local authority");
        X509Certificate made = sign(name, pair, name, pair, now, random, CA_LIFE, null);
        writeKey(key, pair.getPrivate());
        writeCertificate(certificate, made);
      }
      return new LocalAuthority(directory, now, random, readCertificate(certificate), readKey(key));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("local authority in " + directory + " cannot be used", e);
    }
  }

  public Path caCertificate() {
    return directory.resolve("ca.pem");
  }

  /// A certificate for `name` (and further DNS names or addresses), for servers and clients alike.
  public Leaf issue(String name, List<String> dnsNames, List<String> addresses) {
    Path certificate = directory.resolve(name + ".pem");
    Path key = directory.resolve(name + ".key");
    try {
      if (!Files.exists(certificate) || !Files.exists(key) || endsSoon(certificate)) {
        KeyPair pair = newKey(random);
        List<GeneralName> names = new ArrayList<>();
        names.add(new GeneralName(GeneralName.dNSName, name));
        dnsNames.forEach(n -> names.add(new GeneralName(GeneralName.dNSName, n)));
        addresses.forEach(a -> names.add(new GeneralName(GeneralName.iPAddress, a)));
        X509Certificate made =
            sign(
                caCertificate.getSubjectX500Principal(),
                new KeyPair(caCertificate.getPublicKey(), caKey),
                new X500Principal("CN=" + name),
                pair,
                now,
                random,
                LEAF_LIFE,
                new GeneralNames(names.toArray(GeneralName[]::new)));
        writeKey(key, pair.getPrivate());
        writeCertificate(certificate, made);
      }
      return new Leaf(certificate, key, caCertificate());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("certificate for " + name + " cannot be made", e);
    }
  }

  private boolean endsSoon(Path certificate) throws IOException, GeneralSecurityException {
    Instant end = readCertificate(certificate).getNotAfter().toInstant();
    return end.isBefore(now.plus(RENEW_BEFORE));
  }

  private static KeyPair newKey(SecureRandom random) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    return generator.generateKeyPair();
  }

  private static X509Certificate sign(
      X500Principal issuer,
      KeyPair issuerKey,
      X500Principal subject,
      KeyPair subjectKey,
      Instant now,
      SecureRandom random,
      Duration life,
      @org.jspecify.annotations.Nullable GeneralNames names)
      throws GeneralSecurityException, OperatorCreationException, CertIOException {
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            issuer,
            new BigInteger(127, random).add(BigInteger.ONE),
            Date.from(now.minus(Duration.ofMinutes(5))),
            Date.from(now.plus(life)),
            subject,
            subjectKey.getPublic());
    JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
    builder.addExtension(
        Extension.subjectKeyIdentifier,
        false,
        extensions.createSubjectKeyIdentifier(subjectKey.getPublic()));
    builder.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        extensions.createAuthorityKeyIdentifier(issuerKey.getPublic()));
    if (names == null) {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    } else {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
      builder.addExtension(Extension.subjectAlternativeName, false, names);
    }
    ContentSigner signer =
        new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKey.getPrivate());
    return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
  }

  private static X509Certificate readCertificate(Path file)
      throws IOException, GeneralSecurityException {
    try (var in = Files.newInputStream(file)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static PrivateKey readKey(Path file) throws IOException, GeneralSecurityException {
    try (PemReader reader = new PemReader(Files.newBufferedReader(file))) {
      return KeyFactory.getInstance("EC")
          .generatePrivate(new PKCS8EncodedKeySpec(reader.readPemObject().getContent()));
    }
  }

  private static void writeKey(Path file, PrivateKey key) throws IOException {
    write(file, new PemObject("PRIVATE KEY", key.getEncoded()), "rw-------");
  }

  private static void writeCertificate(Path file, X509Certificate certificate)
      throws IOException, GeneralSecurityException {
    write(file, new PemObject("CERTIFICATE", certificate.getEncoded()), "rw-r--r--");
  }

  /// Through a temporary file and a rename, so that a crash leaves the old file or the new one,
  /// never half of one.
  private static void write(Path file, PemObject content, String permissions) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(content);
    }
    Path temporary =
        Files.createTempFile(
            file.toAbsolutePath().getParent(),
            ".",
            ".tmp",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(temporary, text.toString().getBytes(StandardCharsets.US_ASCII));
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString(permissions));
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /// The files of one issued certificate.
  public record Leaf(Path certificate, Path key, Path ca)
      implements org.rekey.runtime.config.TlsSettings {}
}
