package org.rekey.gateway.mtls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.gateway.mtls.Judgement.Cause;
import org.rekey.runtime.tls.UnusableCertificateException;
import org.rekey.testkit.DeviceAuthority;
import org.rekey.testkit.DeviceAuthority.Order;
import org.rekey.testkit.KeyFiles;

/// The ways in which a device's certificate can be wrong, one by one.
class DeviceTrustTest {
  private static final KeyPair KEYS = KeyFiles.ec("secp256r1");
  private final Instant now = Instant.now();
  private final DeviceAuthority root = DeviceAuthority.root("CN=Devices");

  private static Order device() {
    return new Order("CN=d-1", KEYS);
  }

  private static Authorities authorities(X509Certificate... certificates) {
    return parsed(DeviceAuthority.pem((Object[]) certificates));
  }

  private static Authorities parsed(String pem) {
    try {
      return Authorities.parse(Map.of(Path.of("ca.pem"), ByteBuffer.wrap(pem.getBytes(US_ASCII))));
    } catch (UnusableCertificateException e) {
      throw new IllegalStateException(e);
    }
  }

  private static DeviceTrust trust(Authorities authorities, @Nullable RevocationLists lists) {
    return new DeviceTrust(authorities, lists, BlockedSerials.NONE, IdentityRule.NONE);
  }

  private DeviceTrust trust(X509Certificate... certificates) {
    return trust(authorities(certificates), null);
  }

  private static RevocationLists lists(X509CRL... lists) {
    return new RevocationLists(List.of(lists));
  }

  private void accepts(DeviceTrust trust, X509Certificate... shown) {
    assertThat(trust.judge(shown, now)).isInstanceOf(Judgement.Trusted.class);
    assertThat(trust.judge(shown, now)).as("remembered").isInstanceOf(Judgement.Trusted.class);
  }

  private void refuses(Cause cause, DeviceTrust trust, X509Certificate... shown) {
    assertThat(trust.judge(shown, now))
        .isInstanceOfSatisfying(
            Judgement.Refused.class,
            refused -> assertThat(refused.cause()).as(refused.why()).isEqualTo(cause));
  }

  @Test
  void acceptsWhatItsAuthorityHasIssuedWithAndWithoutExtensions() {
    accepts(trust(root.certificate()), root.issue(device()));
    accepts(
        trust(root.certificate()),
        root.issue(
            device().usage(KeyUsage.digitalSignature).purpose(KeyPurposeId.id_kp_clientAuth)));
    accepts(
        trust(root.certificate()), root.issue(device().purpose(KeyPurposeId.anyExtendedKeyUsage)));
  }

  @Test
  void acceptsEveryKindOfKeyThatDevicesHave() {
    for (KeyPair keys :
        List.of(
            KeyFiles.rsa(2048),
            KeyFiles.ec("secp384r1"),
            KeyFiles.ec("secp521r1"),
            KeyFiles.ed25519())) {
      accepts(trust(root.certificate()), root.issue(new Order("CN=d-1", keys)));
    }
  }

  @Test
  void knowsTheDeviceByItsCertificate() throws Exception {
    X509Certificate leaf = root.issue(device().serial(BigInteger.valueOf(0xabcd)));
    assertThat(trust(root.certificate()).judge(new X509Certificate[] {leaf}, now))
        .isInstanceOfSatisfying(
            Judgement.Trusted.class,
            trusted -> {
              assertThat(trusted.certificate().serial()).isEqualTo("abcd");
              assertThat(trusted.certificate().subject()).isEqualTo("CN=d-1");
              assertThat(trusted.certificate().publicKey())
                  .isEqualTo(KEYS.getPublic().getEncoded());
              assertThat(trusted.certificate().sha256()).hasSize(32);
            });
  }

  @Test
  void refusesNoCertificate() {
    refuses(Cause.MISSING, trust(root.certificate()));
  }

  @Test
  void refusesWhatAnotherHasIssuedUnderTheSameName() {
    DeviceAuthority other = DeviceAuthority.root("CN=Devices");
    refuses(Cause.UNKNOWN_AUTHORITY, trust(root.certificate()), other.issue(device()));
    refuses(
        Cause.UNKNOWN_AUTHORITY,
        trust(root.certificate()),
        other.issue(device()),
        other.certificate());
  }

  @Test
  void refusesWhatIsNotInTimeAlsoWhenItWasOnce() {
    X509Certificate leaf =
        root.issue(device().from(now.minusSeconds(60)).until(now.plusSeconds(60)));
    DeviceTrust trust = trust(root.certificate());
    accepts(trust, leaf);
    X509Certificate[] shown = {leaf};
    assertThat(trust.judge(shown, now.plusSeconds(62)))
        .isInstanceOfSatisfying(
            Judgement.Refused.class, r -> assertThat(r.cause()).isEqualTo(Cause.EXPIRED));
    assertThat(trust.judge(shown, now.minusSeconds(62)))
        .isInstanceOfSatisfying(
            Judgement.Refused.class, r -> assertThat(r.cause()).isEqualTo(Cause.NOT_YET_VALID));
  }

  @Test
  void refusesWhatAnAuthorityThatHasEndedHasIssued() {
    DeviceAuthority old =
        DeviceAuthority.root(
            new Order("CN=Old", KeyFiles.ec("secp256r1")).authority(0).until(now.plusSeconds(60)));
    X509Certificate leaf = old.issue(device());
    DeviceTrust trust = trust(root.certificate(), old.certificate());
    accepts(trust, leaf);
    assertThat(trust.judge(new X509Certificate[] {leaf}, now.plusSeconds(62)))
        .isInstanceOfSatisfying(
            Judgement.Refused.class, r -> assertThat(r.cause()).isEqualTo(Cause.UNKNOWN_AUTHORITY));
    assertThat(trust.notes(now)).isEmpty();
    assertThat(trust.notes(now.plusSeconds(62))).singleElement().asString().contains("CN=Old");
  }

  @Test
  void takesAnIntermediateFromTheDeviceOrFromTheFile() {
    DeviceAuthority issuing = below(root, 0);
    X509Certificate leaf = issuing.issue(device());
    accepts(trust(root.certificate()), leaf, issuing.certificate());
    accepts(trust(root.certificate(), issuing.certificate()), leaf);
    refuses(Cause.UNKNOWN_AUTHORITY, trust(root.certificate()), leaf);
  }

  private static DeviceAuthority below(DeviceAuthority issuer, int pathLength) {
    return issuer.below(
        new Order("CN=Issuing " + UUID.randomUUID(), KeyFiles.ec("secp256r1"))
            .authority(pathLength));
  }

  @Test
  void trustsAnIssuingAuthorityWithoutAllThatItsRootSigns() {
    DeviceAuthority issuing = below(root, 0);
    accepts(trust(issuing.certificate()), issuing.issue(device()));
    refuses(Cause.UNKNOWN_AUTHORITY, trust(issuing.certificate()), root.issue(device()));
    refuses(
        Cause.UNKNOWN_AUTHORITY,
        trust(issuing.certificate()),
        root.issue(device()),
        root.certificate());
  }

  @Test
  void refusesWhatADeviceHasIssued() {
    DeviceAuthority device = root.below(device());
    refuses(
        Cause.UNKNOWN_AUTHORITY,
        trust(root.certificate()),
        device.issue(new Order("CN=d-2", KEYS)),
        device.certificate());
  }

  @Test
  void keepsThePathLengthsOfIntermediatesAndAnchors() {
    DeviceAuthority issuing = below(root, 0);
    DeviceAuthority second = below(issuing, 0);
    refuses(
        Cause.UNKNOWN_AUTHORITY,
        trust(root.certificate()),
        second.issue(device()),
        second.certificate(),
        issuing.certificate());
    refuses(
        Cause.UNFIT, trust(issuing.certificate()), second.issue(device()), second.certificate());
  }

  @Test
  void refusesAnAuthorityAsADevice() {
    refuses(Cause.UNFIT, trust(root.certificate()), root.certificate());
  }

  @Test
  void refusesWhatIsNotForClients() {
    DeviceTrust trust = trust(root.certificate());
    refuses(Cause.UNFIT, trust, root.issue(device().purpose(KeyPurposeId.id_kp_serverAuth)));
    refuses(Cause.UNFIT, trust, root.issue(device().usage(KeyUsage.keyEncipherment)));
    refuses(Cause.UNFIT, trust, root.issue(device().serial(BigInteger.valueOf(-5))));
  }

  @Test
  void refusesWeakKeysAndSignaturesThroughoutTheChain() {
    DeviceTrust trust = trust(root.certificate());
    refuses(Cause.WEAK, trust, root.issue(new Order("CN=d-1", KeyFiles.rsa(1024))));
    refuses(Cause.WEAK, trust, root.issue(new Order("CN=d-1", KeyFiles.ec("secp224r1"))));
    refuses(Cause.WEAK, trust, root.issue(device().signedBy("SHA1withECDSA")));
    DeviceAuthority weak = root.below(new Order("CN=Weak", KeyFiles.rsa(1024)).authority(0));
    refuses(Cause.WEAK, trust, weak.issue(device()), weak.certificate());
    DeviceAuthority hashed =
        root.below(
            new Order("CN=Hashed", KeyFiles.ec("secp256r1"))
                .authority(0)
                .signedBy("SHA1withECDSA"));
    refuses(Cause.WEAK, trust, hashed.issue(device()), hashed.certificate());
  }

  @Test
  void refusesBlockedSerialNumbers() {
    X509Certificate leaf = root.issue(device().serial(BigInteger.valueOf(0x0a1b2c)));
    DeviceTrust trust =
        new DeviceTrust(
            authorities(root.certificate()),
            null,
            new BlockedSerials(Set.of(BigInteger.valueOf(0x0a1b2c))),
            IdentityRule.NONE);
    refuses(Cause.BLOCKED, trust, leaf);
    accepts(trust, root.issue(device()));
  }

  @Test
  void refusesWhatItsAuthorityHasRevoked() {
    X509Certificate leaf = root.issue(device());
    X509CRL list =
        root.revocationList(now.minusSeconds(60), now.plusSeconds(600), leaf.getSerialNumber());
    DeviceTrust trust = trust(authorities(root.certificate()), lists(list));
    refuses(Cause.REVOKED, trust, leaf);
    accepts(trust, root.issue(device()));
    assertThat(trust.notes(now)).isEmpty();
  }

  @Test
  void refusesWhatIsBelowARevokedAuthority() {
    DeviceAuthority issuing = below(root, 0);
    X509CRL ofRoot =
        root.revocationList(
            now.minusSeconds(60), now.plusSeconds(600), issuing.certificate().getSerialNumber());
    X509CRL ofIssuing = issuing.revocationList(now.minusSeconds(60), now.plusSeconds(600));
    refuses(
        Cause.REVOKED,
        trust(authorities(root.certificate(), issuing.certificate()), lists(ofRoot, ofIssuing)),
        issuing.issue(device()));
  }

  @Test
  void letsNobodyInWhenNoListSaysThatHeIsNotRevoked() {
    X509Certificate leaf = root.issue(device());
    DeviceAuthority other = DeviceAuthority.root("CN=Others");
    X509CRL ofOthers = other.revocationList(now.minusSeconds(60), now.plusSeconds(600));
    Authorities both = authorities(root.certificate(), other.certificate());
    DeviceTrust trust = trust(both, lists(ofOthers));
    refuses(Cause.REVOCATION_UNKNOWN, trust, leaf);
    accepts(trust, other.issue(device()));
    assertThat(trust.notes(now)).singleElement().asString().contains("no list of CN=Devices");
  }

  /// A list from the network would be somebody else's word, and waiting for it would hold up all.
  @Test
  void fetchesNoListThoughACertificateSaysWhereOneIs() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      X509Certificate leaf =
          root.issue(device().listAt("http://127.0.0.1:" + listener.getLocalPort() + "/list.crl"));
      DeviceAuthority other = DeviceAuthority.root("CN=Others");
      X509CRL ofOthers = other.revocationList(now.minusSeconds(60), now.plusSeconds(600));
      DeviceTrust trust =
          trust(authorities(root.certificate(), other.certificate()), lists(ofOthers));
      refuses(Cause.REVOCATION_UNKNOWN, trust, leaf);
      listener.setSoTimeout(500);
      assertThatThrownBy(listener::accept).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void letsNobodyInWhenTheListIsOutOfDate() {
    X509Certificate leaf = root.issue(device());
    X509CRL list = root.revocationList(now.minusSeconds(60), now.plusSeconds(60));
    DeviceTrust trust = trust(authorities(root.certificate()), lists(list));
    accepts(trust, leaf);
    Instant later = now.plus(Duration.ofHours(1));
    assertThat(trust.judge(new X509Certificate[] {leaf}, later))
        .isInstanceOfSatisfying(
            Judgement.Refused.class,
            r -> assertThat(r.cause()).as(r.why()).isEqualTo(Cause.REVOCATION_UNKNOWN));
    assertThat(trust.notes(later)).singleElement().asString().contains("was good until");
  }

  @Test
  void believesNoListThatSomebodyElseHasSigned() {
    X509Certificate leaf = root.issue(device());
    DeviceAuthority forger = DeviceAuthority.root("CN=Devices");
    X509CRL forged = forger.revocationList(now.minusSeconds(60), now.plusSeconds(600));
    refuses(Cause.REVOCATION_UNKNOWN, trust(authorities(root.certificate()), lists(forged)), leaf);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void takesTwoAuthoritiesAtOnceWhicheverComesFirst(boolean oldFirst) {
    DeviceAuthority next = DeviceAuthority.root("CN=Devices");
    DeviceTrust trust =
        oldFirst
            ? trust(root.certificate(), next.certificate())
            : trust(next.certificate(), root.certificate());
    accepts(trust, root.issue(device()));
    accepts(trust, next.issue(device()));
  }
}
