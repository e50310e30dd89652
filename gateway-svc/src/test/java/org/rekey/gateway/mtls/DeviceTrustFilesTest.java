package org.rekey.gateway.mtls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.gateway.mtls.Judgement.Cause;
import org.rekey.runtime.config.SettingsException;
import org.rekey.testkit.DeviceAuthority;
import org.rekey.testkit.DeviceAuthority.Order;
import org.rekey.testkit.KeyFiles;

class DeviceTrustFilesTest {
  private static final KeyPair KEYS = KeyFiles.ec("secp256r1");

  @TempDir Path home;
  private final Instant now = Instant.now();
  private final DeviceAuthority root = DeviceAuthority.root("CN=Devices");
  private final DeviceAuthority next = DeviceAuthority.root("CN=Next");
  private final X509Certificate leaf =
      root.issue(new Order("CN=d-1", KEYS).serial(new BigInteger("0a1b2c3d", 16)));
  private Path ca;
  private Path crl;
  private Path blocked;

  @BeforeEach
  void write() throws IOException {
    ca = Files.writeString(home.resolve("ca.pem"), DeviceAuthority.pem(root.certificate()));
    crl = home.resolve("crl.pem");
    revoke();
    blocked = Files.writeString(home.resolve("blocked.txt"), "# nobody yet\n\n");
  }

  private void revoke(BigInteger... serials) throws IOException {
    Files.writeString(
        crl,
        DeviceAuthority.pem(
            root.revocationList(now.minusSeconds(60), now.plusSeconds(600), serials)));
  }

  private DeviceTrustFiles open() {
    return new DeviceTrustFiles(
        new DeviceTrustFiles.Sources(ca, Optional.of(crl), Optional.of(blocked)),
        IdentityRule.NONE);
  }

  private Judgement judge(DeviceTrustFiles files, X509Certificate certificate) {
    return files.trust().judge(new X509Certificate[] {certificate}, now);
  }

  /// What is new counts when two looks find it.
  private boolean changed(DeviceTrustFiles files) {
    boolean first = files.refresh(now);
    return files.refresh(now) || first;
  }

  private void accepts(DeviceTrustFiles files, X509Certificate certificate) {
    assertThat(judge(files, certificate)).isInstanceOf(Judgement.Trusted.class);
  }

  private void refuses(Cause cause, DeviceTrustFiles files, X509Certificate certificate) {
    assertThat(judge(files, certificate))
        .isInstanceOfSatisfying(
            Judgement.Refused.class, r -> assertThat(r.cause()).as(r.why()).isEqualTo(cause));
  }

  @Test
  void changesNothingWhileTheFilesStay() {
    DeviceTrustFiles files = open();
    accepts(files, leaf);
    assertThat(changed(files)).isFalse();
    assertThat(files.notes(now)).isEmpty();
  }

  @Test
  void takesAnotherAuthorityAndLetsTheOldOneGo() throws IOException {
    Files.delete(crl);
    Path directory = Files.createDirectory(home.resolve("authorities"));
    Files.writeString(directory.resolve("a.pem"), DeviceAuthority.pem(root.certificate()));
    Files.writeString(directory.resolve("README"), "not one");
    DeviceTrustFiles files =
        new DeviceTrustFiles(
            new DeviceTrustFiles.Sources(directory, Optional.empty(), Optional.empty()),
            IdentityRule.NONE);
    X509Certificate other = next.issue(new Order("CN=d-2", KEYS));
    refuses(Cause.UNKNOWN_AUTHORITY, files, other);

    Files.writeString(directory.resolve("b.crt"), DeviceAuthority.pem(next.certificate()));
    assertThat(changed(files)).isTrue();
    accepts(files, leaf);
    accepts(files, other);

    Files.delete(directory.resolve("a.pem"));
    assertThat(changed(files)).isTrue();
    refuses(Cause.UNKNOWN_AUTHORITY, files, leaf);
    accepts(files, other);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0A1B2C3D",
        "0a1b2c3d",
        "a1b2c3d",
        "0x0a1b2c3d",
        "0A:1B:2C:3D",
        "serial=0A1B2C3D",
        "  0a1b2c3d  # lost on the way",
        "00000A1B2C3D\r"
      })
  void blocksASerialNumberHoweverItIsSpelled(String line) throws IOException {
    DeviceTrustFiles files = open();
    accepts(files, leaf);
    Files.writeString(blocked, "ff\n" + line + "\n");
    assertThat(changed(files)).isTrue();
    refuses(Cause.BLOCKED, files, leaf);

    Files.writeString(blocked, "");
    assertThat(changed(files)).isTrue();
    accepts(files, leaf);
  }

  /// Whoever writes in place makes the file empty first.
  @Test
  void takesNoListOverThatIsStillBeingWritten() throws IOException {
    Files.writeString(blocked, "0a1b2c3d\n");
    DeviceTrustFiles files = open();
    Files.writeString(blocked, "");
    assertThat(files.refresh(now)).isFalse();
    refuses(Cause.BLOCKED, files, leaf);
    Files.writeString(blocked, "ff\n");
    assertThat(files.refresh(now)).isFalse();
    refuses(Cause.BLOCKED, files, leaf);
    Files.writeString(blocked, "ff\n0a1b2c3d\n");
    assertThat(files.refresh(now)).isFalse();
    assertThat(files.refresh(now)).isTrue();
    refuses(Cause.BLOCKED, files, leaf);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0a1b2c3g", "-5", "0a 1b", "ff,0a1b2c3d", "0x"})
  void namesALineThatItCannotReadAndKeepsWhatItHad(String line) throws IOException {
    Files.writeString(blocked, "0a1b2c3d\n");
    DeviceTrustFiles files = open();
    Files.writeString(blocked, "# more\n\n" + line + "\n");
    assertThat(changed(files)).isFalse();
    assertThat(files.refused())
        .singleElement()
        .asString()
        .startsWith(blocked + ", line 3: not a serial number");
    refuses(Cause.BLOCKED, files, leaf);
  }

  @Test
  void obeysANewRevocationList() throws IOException {
    DeviceTrustFiles files = open();
    accepts(files, leaf);
    revoke(leaf.getSerialNumber());
    assertThat(changed(files)).isTrue();
    refuses(Cause.REVOKED, files, leaf);
  }

  @Test
  void readsRevocationListsInDerToo() throws Exception {
    Files.write(
        crl,
        root.revocationList(now.minusSeconds(60), now.plusSeconds(600), leaf.getSerialNumber())
            .getEncoded());
    refuses(Cause.REVOKED, open(), leaf);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
  void keepsWhatItHadWhenAFileIsNoLongerGood(String garbage) throws IOException {
    revoke(BigInteger.ONE);
    DeviceTrustFiles files = open();
    Files.writeString(ca, garbage);
    Files.writeString(crl, garbage);
    Files.delete(blocked);
    assertThat(changed(files)).isFalse();
    accepts(files, leaf);
    assertThat(files.refused()).hasSize(3);
    assertThat(files.refused().getFirst()).startsWith(ca.toString());
    assertThat(files.refused().get(1)).startsWith(crl.toString());
    assertThat(files.refused().get(2)).startsWith(blocked.toString());

    write();
    changed(files);
    assertThat(files.refused()).isEmpty();
    accepts(files, leaf);
  }

  @Test
  void takesNoListThatNoneOfItsAuthoritiesHasSigned() throws IOException {
    DeviceTrustFiles files = open();
    Files.writeString(
        crl, DeviceAuthority.pem(next.revocationList(now.minusSeconds(60), now.plusSeconds(600))));
    assertThat(changed(files)).isFalse();
    assertThat(files.refused())
        .singleElement()
        .asString()
        .startsWith(crl + ": no list of a CA of GATEWAY_MTLS_CA");
    accepts(files, leaf);
  }

  @Test
  void obeysItsListsAlthoughOneOfAnAuthorityThatIsGoneLiesBesideThem() throws IOException {
    Instant from = now.minusSeconds(60);
    Instant until = now.plusSeconds(600);
    Files.writeString(ca, DeviceAuthority.pem(root.certificate(), next.certificate()));
    Files.writeString(
        crl,
        DeviceAuthority.pem(root.revocationList(from, until), next.revocationList(from, until)));
    X509Certificate other = next.issue(new Order("CN=d-2", KEYS));
    DeviceTrustFiles files = open();
    accepts(files, leaf);
    accepts(files, other);

    Files.writeString(ca, DeviceAuthority.pem(root.certificate()));
    Files.writeString(
        crl,
        DeviceAuthority.pem(
            root.revocationList(from, until, leaf.getSerialNumber()),
            next.revocationList(from, until)));
    assertThat(changed(files)).isTrue();
    assertThat(files.refused()).isEmpty();
    refuses(Cause.REVOKED, files, leaf);
    refuses(Cause.UNKNOWN_AUTHORITY, files, other);
  }

  @Test
  void takesNoListThatAnotherHasSignedInTheNameOfItsAuthority() throws IOException {
    revoke(leaf.getSerialNumber());
    DeviceTrustFiles files = open();
    DeviceAuthority impostor = DeviceAuthority.root("CN=Devices");
    Instant until = now.plusSeconds(600);
    Files.writeString(
        crl,
        DeviceAuthority.pem(root.revocationList(now, until), impostor.revocationList(now, until)));
    assertThat(changed(files)).isFalse();
    assertThat(files.refused())
        .singleElement()
        .asString()
        .contains("the list of CN=Devices is not signed by the CA of that name");
    refuses(Cause.REVOKED, files, leaf);
  }

  @Test
  void goesByWhatItHasReadAlthoughALaterFileFails() throws IOException {
    URI archive = URI.create("jar:" + home.resolve("lists.zip").toUri());
    DeviceTrustFiles files;
    try (FileSystem mount = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
      crl = mount.getPath("crl.pem");
      revoke();
      files = open();
      accepts(files, leaf);
    }
    Files.writeString(ca, DeviceAuthority.pem(next.certificate()));
    for (int look = 0; look < 2; look++) {
      assertThatThrownBy(() -> files.refresh(now)).isInstanceOf(ClosedFileSystemException.class);
    }
    refuses(Cause.UNKNOWN_AUTHORITY, files, leaf);
  }

  @Test
  void takesNoDeviceNorWeakKeyForAnAuthority() throws IOException {
    Files.writeString(ca, DeviceAuthority.pem(root.certificate(), leaf));
    assertThatThrownBy(this::open)
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("GATEWAY_MTLS_CA: " + ca)
        .hasMessageContaining("CN=d-1 is not a CA");

    DeviceAuthority weak =
        DeviceAuthority.root(new Order("CN=Weak", KeyFiles.rsa(1024)).authority(0));
    Files.writeString(ca, DeviceAuthority.pem(weak.certificate()));
    assertThatThrownBy(this::open)
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("RSA modulus: 1024 bits");
  }
}
