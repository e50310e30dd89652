package org.rekey.gateway.mtls;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.Certificate;
import java.security.cert.PKIXCertPathChecker;
import java.security.cert.X509Certificate;
import java.security.spec.PSSParameterSpec;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.key.KeyWeakness;

/// Keys and signatures that nobody can forge today, throughout a chain. The JDK's own rules still
/// allow SHA-1 and RSA keys of 1024 bits where a private authority has signed.
final class StrongEnough extends PKIXCertPathChecker {
  private static final Set<String> SIGNATURES =
      Set.of(
          "SHA256WITHRSA",
          "SHA384WITHRSA",
          "SHA512WITHRSA",
          "SHA256WITHECDSA",
          "SHA384WITHECDSA",
          "SHA512WITHECDSA",
          "ED25519",
          "EDDSA",
          "ML-DSA-44",
          "ML-DSA-65",
          "ML-DSA-87");
  private static final Set<String> HASHES = Set.of("SHA-256", "SHA-384", "SHA-512");

  @Override
  public void init(boolean forward) {}

  @Override
  public boolean isForwardCheckingSupported() {
    return true;
  }

  @Override
  public @Nullable Set<String> getSupportedExtensions() {
    return null;
  }

  @Override
  public void check(Certificate certificate, Collection<String> unresolved)
      throws CertPathValidatorException {
    Optional<String> weakness = weakness((X509Certificate) certificate);
    if (weakness.isPresent()) {
      throw new CertPathValidatorException(
          weakness.get(), null, null, -1, BasicReason.ALGORITHM_CONSTRAINED);
    }
  }

  static Optional<String> weakness(X509Certificate certificate) {
    if (!isStrong(certificate)) {
      return Optional.of("signed with " + certificate.getSigAlgName());
    }
    return KeyWeakness.of(certificate.getPublicKey()).map(KeyWeakness::text);
  }

  private static boolean isStrong(X509Certificate certificate) {
    String name = certificate.getSigAlgName().toUpperCase(java.util.Locale.ROOT);
    if (!name.equals("RSASSA-PSS")) {
      return SIGNATURES.contains(name);
    }
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
      parameters.init(certificate.getSigAlgParams());
      return HASHES.contains(
          parameters.getParameterSpec(PSSParameterSpec.class).getDigestAlgorithm());
    } catch (GeneralSecurityException | java.io.IOException e) {
      return false;
    }
  }
}
