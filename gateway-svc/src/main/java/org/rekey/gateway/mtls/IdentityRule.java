package org.rekey.gateway.mtls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.naming.NamingException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/// Ties a device's certificate to the identity that it may claim: `cn=mac` says that the common
/// name must be the member `mac` of the identity; `cn=mac,dns=sn` that both must hold.
public record IdentityRule(List<Tie> ties) {
  /// Any certificate speaks for any identity.
  public static final IdentityRule NONE = new IdentityRule(List.of());

  private static final String NONE_IN_WORDS = "none";
  private static final String EXPECTED =
      " (expected: none, or SOURCE=MEMBER with commas between, as in cn=mac; sources: "
          + Arrays.stream(Source.values()).map(Source::text).collect(Collectors.joining(", "))
          + ")";

  public IdentityRule {
    ties = List.copyOf(ties);
  }

  /// Throws, naming the part that cannot be read.
  public static IdentityRule parse(String text) {
    if (text.strip().equalsIgnoreCase(NONE_IN_WORDS)) {
      return NONE;
    }
    return new IdentityRule(Arrays.stream(text.split(",", -1)).map(Tie::parse).toList());
  }

  /// What the certificate says, by each tie.
  List<Certified> of(X509Certificate certificate) {
    return ties.stream()
        .map(tie -> new Certified(tie.member(), tie.source().of(certificate), tie.toString()))
        .toList();
  }

  @Override
  public String toString() {
    return ties.isEmpty()
        ? NONE_IN_WORDS
        : ties.stream().map(Tie::toString).collect(Collectors.joining(","));
  }

  /// @param member of the identity
  record Tie(Source source, String member) {
    static Tie parse(String text) {
      int equals = text.indexOf('=');
      String member = text.substring(equals + 1).strip();
      if (equals < 0 || member.isEmpty()) {
        throw new IllegalArgumentException("\"" + text.strip() + "\"" + EXPECTED);
      }
      return Source.named(text.substring(0, equals).strip())
          .map(source -> new Tie(source, member))
          .orElseThrow(() -> new IllegalArgumentException("\"" + text.strip() + "\"" + EXPECTED));
    }

    @Override
    public String toString() {
      return source.text() + "=" + member;
    }
  }

  /// Where in a certificate.
  enum Source {
    CN("CN", 0),
    SERIALNUMBER("SERIALNUMBER", 0),
    OU("OU", 0),
    O("O", 0),
    UID("UID", 0),
    EMAIL("", 1),
    DNS("", 2),
    URI("", 6);

    private static final Map<String, String> MORE_NAMES = Map.of("2.5.4.5", "SERIALNUMBER");

    private final String attribute;
    private final int nameType;

    /// @param attribute of the subject; empty: an alternative name
    /// @param nameType of the alternative name (RFC 5280 section 4.2.1.6)
    Source(String attribute, int nameType) {
      this.attribute = attribute;
      this.nameType = nameType;
    }

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Source> named(String text) {
      return Arrays.stream(values()).filter(s -> s.text().equalsIgnoreCase(text)).findFirst();
    }

    List<String> of(X509Certificate certificate) {
      try {
        return attribute.isEmpty() ? alternatives(certificate) : attributes(certificate);
      } catch (NamingException | CertificateParsingException e) {
        return List.of();
      }
    }

    private List<String> attributes(X509Certificate certificate) throws NamingException {
      String subject =
          certificate.getSubjectX500Principal().getName(X500Principal.RFC2253, MORE_NAMES);
      List<String> values = new ArrayList<>();
      for (Rdn rdn : new LdapName(subject).getRdns()) {
        var found = rdn.toAttributes().get(attribute);
        if (found != null && found.get() instanceof String text) {
          values.add(text);
        }
      }
      return values;
    }

    private List<String> alternatives(X509Certificate certificate)
        throws CertificateParsingException {
      var names = certificate.getSubjectAlternativeNames();
      return names == null
          ? List.of()
          : names.stream()
              .filter(name -> name.get(0) instanceof Integer type && type == nameType)
              .map(name -> String.valueOf(name.get(1)))
              .toList();
    }
  }
}
