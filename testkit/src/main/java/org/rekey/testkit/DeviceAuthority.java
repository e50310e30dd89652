package org.rekey.testkit;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/// An authority that vouches for devices, and makes certificates as right or wrong as a test needs
/// them.
public final class DeviceAuthority {
  private final KeyPair keys;
  private final X509Certificate certificate;

  private DeviceAuthority(KeyPair keys, X509Certificate certificate) {
    this.keys = keys;
    this.certificate = certificate;
  }

  /// A self-signed one with a P-256 key.
  ///
  /// @param name as in `CN=Devices`
  public static DeviceAuthority root(String name) {
    return root(new Order(name, KeyFiles.ec("secp256r1")).authority(5));
  }

  public static DeviceAuthority root(Order order) {
    return new DeviceAuthority(
        order.keys, sign(order, new X500Principal(order.name), order.keys, order.keys.getPublic()));
  }

  /// One that this one vouches for.
  public DeviceAuthority below(Order order) {
    return new DeviceAuthority(order.keys, issue(order));
  }

  public X509Certificate certificate() {
    return certificate;
  }

  public X509Certificate issue(Order order) {
    return sign(order, certificate.getSubjectX500Principal(), keys, order.keys.getPublic());
  }

  private static X509Certificate sign(
      Order order, X500Principal issuer, KeyPair issuerKeys, PublicKey key) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              order.serial,
              Date.from(order.from),
              Date.from(order.until),
              new X500Principal(order.name),
              key);
      if (order.pathLength != null) {
        builder.addExtension(
            Extension.basicConstraints, true, new BasicConstraints(order.pathLength));
      }
      if (order.keyUsage != 0) {
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(order.keyUsage));
      }
      if (order.purpose != null) {
        builder.addExtension(
            Extension.extendedKeyUsage, false, new ExtendedKeyUsage(order.purpose));
      }
      if (!order.alternatives.isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(order.alternatives.toArray(GeneralName[]::new)));
      }
      if (order.listAt != null) {
        GeneralName where = new GeneralName(GeneralName.uniformResourceIdentifier, order.listAt);
        builder.addExtension(
            Extension.cRLDistributionPoints,
            false,
            new CRLDistPoint(
                new DistributionPoint[] {
                  new DistributionPoint(
                      new DistributionPointName(new GeneralNames(where)), null, null)
                }));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(signer(issuerKeys, order.algorithm)));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ContentSigner signer(KeyPair keys, @Nullable String algorithm)
      throws OperatorCreationException {
    String name =
        algorithm != null
            ? algorithm
            : switch (keys.getPublic().getAlgorithm()) {
              case "RSA" -> "SHA256withRSA";
              case "EC", "ECDSA" -> "SHA256withECDSA";
              default -> "Ed25519";
            };
    return new JcaContentSignerBuilder(name).build(keys.getPrivate());
  }

  /// Its list of what it has revoked.
  public X509CRL revocationList(Instant from, Instant until, BigInteger... serials) {
    try {
      JcaX509v2CRLBuilder builder =
          new JcaX509v2CRLBuilder(certificate.getSubjectX500Principal(), Date.from(from));
      builder.setNextUpdate(Date.from(until));
      for (BigInteger serial : serials) {
        builder.addCRLEntry(serial, Date.from(from), CRLReason.keyCompromise);
      }
      return new JcaX509CRLConverter().getCRL(builder.build(signer(keys, null)));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Certificates, lists and keys, one after another.
  public static String pem(Object... objects) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      for (Object object : objects) {
        writer.writeObject(object);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /// A certificate in the making: without extensions, good from an hour ago on for a day.
  public static final class Order {
    private final String name;
    private final KeyPair keys;
    private final List<GeneralName> alternatives = new ArrayList<>();
    private BigInteger serial =
        BigInteger.valueOf(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
    private Instant from = Instant.now().minus(Duration.ofHours(1));
    private Instant until = Instant.now().plus(Duration.ofDays(1));
    private int keyUsage;
    private @Nullable Integer pathLength;
    private @Nullable KeyPurposeId purpose;
    private @Nullable String algorithm;
    private @Nullable String listAt;

    public Order(String name, KeyPair keys) {
      this.name = name;
      this.keys = keys;
    }

    public Order serial(BigInteger number) {
      serial = number;
      return this;
    }

    public Order from(Instant at) {
      from = at;
      return this;
    }

    public Order until(Instant at) {
      until = at;
      return this;
    }

    /// That of an authority.
    public Order authority(int length) {
      pathLength = length;
      return usage(KeyUsage.keyCertSign | KeyUsage.cRLSign);
    }

    /// @param bits of BouncyCastle's `KeyUsage`
    public Order usage(int bits) {
      keyUsage = bits;
      return this;
    }

    public Order purpose(KeyPurposeId id) {
      purpose = id;
      return this;
    }

    /// Where the authority says that its list of revoked certificates is.
    public Order listAt(String url) {
      listAt = url;
      return this;
    }

    public Order dns(String value) {
      alternatives.add(new GeneralName(GeneralName.dNSName, value));
      return this;
    }

    public Order uri(String value) {
      alternatives.add(new GeneralName(GeneralName.uniformResourceIdentifier, value));
      return this;
    }

    public Order email(String value) {
      alternatives.add(new GeneralName(GeneralName.rfc822Name, value));
      return this;
    }

    /// @param name of the signature's algorithm, for the issuer's key
    public Order signedBy(String name) {
      algorithm = name;
      return this;
    }
  }
}
