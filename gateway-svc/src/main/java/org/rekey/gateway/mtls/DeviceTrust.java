package org.rekey.gateway.mtls;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.mtls.Judgement.Cause;
import org.rekey.gateway.mtls.Judgement.Refused;
import org.rekey.gateway.mtls.Judgement.Trusted;

/// Judges certificates by one state of the files: chain, time and purpose by the JDK's PKIX (RFC
/// 5280), revocation lists with it, then the block list.
///
/// That a certificate is good is remembered until the first of its chain or of the lists that speak
/// of it ends; other files make another of these, which remembers nothing. That one is bad is not
/// remembered. Safe for use by any number of threads.
final class DeviceTrust {
  private static final int MAX_REMEMBERED = 100_000;
  private static final int MAX_CHAIN = 6;
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);
  private static final String CLIENTS = "1.3.6.1.5.5.7.3.2";
  private static final String ANY_PURPOSE = "2.5.29.37.0";

  private final Authorities authorities;
  private final @Nullable RevocationLists revocation;
  private final BlockedSerials blocked;
  private final IdentityRule rule;
  private final Cache<X509Certificate, Good> good =
      Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();

  /// @param until when it has to be looked at again
  private record Good(DeviceCertificate certificate, Instant from, Instant until) {}

  /// @param revocation null: nobody asks whether a certificate is revoked
  DeviceTrust(
      Authorities authorities,
      @Nullable RevocationLists revocation,
      BlockedSerials blocked,
      IdentityRule rule) {
    this.authorities = authorities;
    this.revocation = revocation;
    this.blocked = blocked;
    this.rule = rule;
  }

  /// @param shown as the client has sent them, its own first
  Judgement judge(Certificate[] shown, Instant now) {
    if (shown.length == 0 || !(shown[0] instanceof X509Certificate leaf)) {
      return new Refused(Cause.MISSING, "no certificate");
    }
    Good known = good.getIfPresent(leaf);
    if (known != null && !now.isBefore(known.from()) && !now.isAfter(known.until())) {
      return new Trusted(known.certificate());
    }
    Optional<Refused> flaw = flaw(leaf, now);
    return flaw.isPresent() ? flaw.get() : judge(leaf, shown, now);
  }

  private Optional<Refused> flaw(X509Certificate leaf, Instant now) {
    if (now.isAfter(leaf.getNotAfter().toInstant())) {
      return refused(Cause.EXPIRED, "expired at " + leaf.getNotAfter().toInstant());
    }
    if (now.isBefore(leaf.getNotBefore().toInstant())) {
      return refused(Cause.NOT_YET_VALID, "not valid before " + leaf.getNotBefore().toInstant());
    }
    BigInteger serial = leaf.getSerialNumber();
    if (serial.signum() < 0) {
      return refused(
          Cause.UNFIT, "serial number: negative (expected: as RFC 5280 section 4.1.2.2)");
    }
    if (blocked.contains(serial)) {
      return refused(Cause.BLOCKED, "its serial number is in GATEWAY_MTLS_BLOCKED_SERIALS");
    }
    if (!isForClients(leaf)) {
      return refused(Cause.UNFIT, "not for TLS clients (expected: extended key usage clientAuth)");
    }
    boolean[] usage = leaf.getKeyUsage();
    if (usage != null && !usage[0]) {
      return refused(Cause.UNFIT, "not for signatures (expected: key usage digitalSignature)");
    }
    if (authorities.anchors().contains(leaf)) {
      return refused(Cause.UNFIT, "a CA and not a device");
    }
    return StrongEnough.weakness(leaf).map(why -> new Refused(Cause.WEAK, why));
  }

  private static Optional<Refused> refused(Cause cause, String why) {
    return Optional.of(new Refused(cause, why));
  }

  /// Without the extension it is for everything (RFC 5280 section 4.2.1.12).
  private static boolean isForClients(X509Certificate leaf) {
    try {
      List<String> purposes = leaf.getExtendedKeyUsage();
      return purposes == null || purposes.contains(CLIENTS) || purposes.contains(ANY_PURPOSE);
    } catch (CertificateParsingException e) {
      return false;
    }
  }

  private Judgement judge(X509Certificate leaf, Certificate[] shown, Instant now) {
    try {
      CertPathBuilder builder = CertPathBuilder.getInstance("PKIX");
      var path = (PKIXCertPathBuilderResult) builder.build(parameters(leaf, shown, now, true));
      X509Certificate anchor = path.getTrustAnchor().getTrustedCert();
      if (length(path.getCertPath()) > anchor.getBasicConstraints()) {
        return new Refused(
            Cause.UNFIT,
            "more CAs between it and " + anchor.getSubjectX500Principal() + " than it allows");
      }
      Good found = good(leaf, path, now);
      good.put(leaf, found);
      return new Trusted(found.certificate());
    } catch (CertPathBuilderException e) {
      return why(leaf, shown, now);
    } catch (GeneralSecurityException e) {
      return new Refused(Cause.UNFIT, "it cannot be judged: " + e.getMessage());
    }
  }

  /// Certificates between the device's own and the anchor. An anchor's own limit is not the JDK's
  /// to keep: it takes anchors as they are.
  private static long length(CertPath path) {
    return path.getCertificates().stream()
        .skip(1)
        .map(X509Certificate.class::cast)
        .filter(ca -> !ca.getSubjectX500Principal().equals(ca.getIssuerX500Principal()))
        .count();
  }

  private Good good(X509Certificate leaf, PKIXCertPathBuilderResult path, Instant now) {
    List<X509Certificate> chain = new ArrayList<>();
    path.getCertPath().getCertificates().forEach(one -> chain.add((X509Certificate) one));
    Set<X500Principal> issuers =
        chain.stream().map(X509Certificate::getIssuerX500Principal).collect(Collectors.toSet());
    chain.add(path.getTrustAnchor().getTrustedCert());
    List<Instant> ends = new ArrayList<>();
    chain.forEach(one -> ends.add(one.getNotAfter().toInstant()));
    if (revocation != null) {
      // The JDK gives lists a quarter of an hour of grace.
      revocation
          .endsOf(issuers)
          .forEach(end -> ends.add(end.isAfter(now) ? end : now.plus(LOOK_AGAIN)));
    }
    Instant from =
        chain.stream()
            .map(one -> one.getNotBefore().toInstant())
            .max(Instant::compareTo)
            .orElse(now);
    return new Good(
        DeviceCertificate.of(leaf, rule), from, ends.stream().min(Instant::compareTo).orElse(now));
  }

  /// Builders say only that there is no good chain: find one that is signed, and ask what is wrong
  /// with it.
  private Judgement why(X509Certificate leaf, Certificate[] shown, Instant now) {
    try {
      CertPathBuilder builder = CertPathBuilder.getInstance("PKIX");
      CertPath path = builder.build(parameters(leaf, shown, now, false)).getCertPath();
      var _ =
          CertPathValidator.getInstance("PKIX").validate(path, parameters(leaf, shown, now, true));
      return new Refused(Cause.UNFIT, "no chain of it is good");
    } catch (CertPathBuilderException e) {
      return new Refused(
          Cause.UNKNOWN_AUTHORITY,
          "issued by %s: no chain to a CA of GATEWAY_MTLS_CA that is in time"
              .formatted(leaf.getIssuerX500Principal()));
    } catch (CertPathValidatorException e) {
      return new Refused(Cause.of(e.getReason()), String.valueOf(e.getMessage()));
    } catch (GeneralSecurityException e) {
      return new Refused(Cause.UNFIT, "it cannot be judged: " + e.getMessage());
    }
  }

  /// @param wholly with revocation and strength
  private PKIXBuilderParameters parameters(
      X509Certificate leaf, Certificate[] shown, Instant now, boolean wholly)
      throws GeneralSecurityException {
    Set<TrustAnchor> anchors = new HashSet<>();
    for (X509Certificate anchor : authorities.anchors()) {
      // The JDK does not look at an anchor's time.
      if (!now.isBefore(anchor.getNotBefore().toInstant())
          && !now.isAfter(anchor.getNotAfter().toInstant())) {
        anchors.add(new TrustAnchor(anchor, null));
      }
    }
    if (anchors.isEmpty()) {
      throw new CertPathBuilderException("no CA is in time");
    }
    X509CertSelector target = new X509CertSelector();
    target.setCertificate(leaf);
    PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, target);
    parameters.setDate(Date.from(now));
    parameters.setMaxPathLength(MAX_CHAIN);
    parameters.setRevocationEnabled(false);
    Set<Certificate> helpers = new HashSet<>(authorities.intermediates());
    helpers.addAll(Arrays.asList(shown).subList(0, Math.min(shown.length, MAX_CHAIN)));
    parameters.addCertStore(collection(helpers));
    if (wholly) {
      parameters.addCertPathChecker(new StrongEnough());
      if (revocation != null) {
        parameters.addCertStore(collection(revocation.lists()));
        // By these lists alone. A checker of one's own (PKIXRevocationChecker) would fetch the list
        // that a certificate names when none of these is in time, and wait for it.
        parameters.setRevocationEnabled(true);
      }
    }
    return parameters;
  }

  private static CertStore collection(java.util.Collection<?> of) throws GeneralSecurityException {
    return CertStore.getInstance("Collection", new CollectionCertStoreParameters(of));
  }

  /// What a person should look into, a line each.
  List<String> notes(Instant now) {
    Stream<String> expired =
        authorities.all().stream()
            .filter(ca -> now.isAfter(ca.getNotAfter().toInstant()))
            .map(
                ca ->
                    "GATEWAY_MTLS_CA: %s expired at %s: nothing that it has issued is let in"
                        .formatted(ca.getSubjectX500Principal(), ca.getNotAfter().toInstant()));
    Stream<String> lists =
        revocation == null ? Stream.of() : revocation.lacks(authorities, now).stream();
    return Stream.concat(expired, lists).toList();
  }
}
