package org.rekey.gateway.mtls;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;
import org.rekey.runtime.tls.UnusableCertificateException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Certificate revocation lists (RFC 5280 section 5) of the authorities that vouch for devices.
record RevocationLists(List<X509CRL> lists) {
  private static final Logger LOG = LoggerFactory.getLogger(RevocationLists.class);

  RevocationLists {
    lists = List.copyOf(lists);
  }

  /// Lists of others are left out: an authority may go before its list does, and no list can let
  /// anybody in. Only if there is no other list is something wrong with the files.
  static RevocationLists parse(Map<Path, ByteBuffer> files, Authorities authorities)
      throws UnusableCertificateException {
    Set<X500Principal> names =
        authorities.all().stream()
            .map(X509Certificate::getSubjectX500Principal)
            .collect(Collectors.toSet());
    List<X509CRL> lists = new ArrayList<>();
    Map<X500Principal, Path> others = new LinkedHashMap<>();
    for (var file : files.entrySet()) {
      for (X509CRL list : read(file.getKey(), file.getValue())) {
        X500Principal issuer = list.getIssuerX500Principal();
        if (names.contains(issuer)) {
          check(file.getKey(), list, authorities);
          lists.add(list);
        } else {
          others.put(issuer, file.getKey());
        }
      }
    }
    if (lists.isEmpty()) {
      throw new UnusableCertificateException(
          "%s: no list of a CA of GATEWAY_MTLS_CA in it (expected: one of each)"
              .formatted(String.join(", ", files.keySet().stream().map(Path::toString).toList())));
    }
    others.forEach(RevocationLists::tell);
    return new RevocationLists(lists);
  }

  private static void tell(X500Principal issuer, Path file) {
    LOG.atWarn()
        .addKeyValue("file", file)
        .addKeyValue("issuer", issuer)
        .log("a revocation list is left out: its issuer is no CA of GATEWAY_MTLS_CA");
  }

  private static List<X509CRL> read(Path file, ByteBuffer content)
      throws UnusableCertificateException {
    try {
      List<X509CRL> lists =
          CertificateFactory.getInstance("X.509")
              .generateCRLs(WatchedFiles.stream(content))
              .stream()
              .map(X509CRL.class::cast)
              .toList();
      if (lists.isEmpty()) {
        throw new UnusableCertificateException(
            file + ": no revocation list in it (expected: X.509 CRL, PEM or DER)");
      }
      return lists;
    } catch (CRLException | CertificateException e) {
      throw new UnusableCertificateException(
          file + ": not a revocation list (expected: X.509 CRL, PEM or DER)");
    }
  }

  private static void check(Path file, X509CRL list, Authorities authorities)
      throws UnusableCertificateException {
    if (list.getNextUpdate() == null) {
      throw new UnusableCertificateException(
          "%s: the list of %s does not say until when it is good (expected: nextUpdate)"
              .formatted(file, list.getIssuerX500Principal()));
    }
    if (authorities.all().stream().noneMatch(authority -> isSignedBy(list, authority))) {
      throw new UnusableCertificateException(
          "%s: the list of %s is not signed by the CA of that name in GATEWAY_MTLS_CA (expected: a list by its key)"
              .formatted(file, list.getIssuerX500Principal()));
    }
  }

  private static boolean isSignedBy(X509CRL list, X509Certificate authority) {
    if (!list.getIssuerX500Principal().equals(authority.getSubjectX500Principal())) {
      return false;
    }
    try {
      list.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /// When a word on a certificate of one of these issuers has to be looked at again.
  List<Instant> endsOf(Set<X500Principal> issuers) {
    return lists.stream()
        .filter(list -> issuers.contains(list.getIssuerX500Principal()))
        .map(X509CRL::getNextUpdate)
        .map(Date::toInstant)
        .toList();
  }

  /// What keeps devices outside although nobody has revoked them, a line each.
  List<String> lacks(Authorities authorities, Instant now) {
    Map<X500Principal, Instant> ends =
        lists.stream()
            .collect(
                Collectors.toMap(
                    X509CRL::getIssuerX500Principal,
                    list -> list.getNextUpdate().toInstant(),
                    (one, other) -> one.isAfter(other) ? one : other));
    List<String> lacks = new ArrayList<>();
    for (X509Certificate authority : authorities.all()) {
      X500Principal name = authority.getSubjectX500Principal();
      Instant end = ends.get(name);
      if (end == null) {
        lacks.add(
            "GATEWAY_MTLS_CRL: no list of %s: nothing that it has issued is let in"
                .formatted(name));
      } else if (now.isAfter(end)) {
        lacks.add(
            "GATEWAY_MTLS_CRL: the list of %s was good until %s: nothing that it has issued is let in"
                .formatted(name, end));
      }
    }
    return lacks;
  }
}
