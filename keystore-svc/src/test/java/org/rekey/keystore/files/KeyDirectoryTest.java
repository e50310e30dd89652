package org.rekey.keystore.files;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rekey.keystore.key.Passphrase;
import org.rekey.testkit.KeyFiles;

class KeyDirectoryTest {
  private static final KeyPair RSA = KeyFiles.rsa(2048);
  private static final KeyPair ED25519 = KeyFiles.ed25519();
  private static final String GOOD = KeyFiles.pkcs8(ED25519);
  private static final String NAME = "private.id.7.pem";
  private static final FileNamePattern PATTERN =
      FileNamePattern.of("PATTERN", "private\\.id\\.([0-9]*)\\.pem");

  @TempDir Path temp;
  private Path rsa;
  private Passphrase passphrase = Passphrase.none();

  @BeforeEach
  void makeDirectory() throws IOException {
    rsa = Files.createDirectory(temp.resolve("rsa"));
  }

  /// Puts something into the directory; returns the file that the finding must name.
  interface Setup {
    Path in(Path directory) throws IOException;
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        row("a backup", "private.id.7.pem.bak", GOOD, Rule.NAME_NOT_EXACT, "whole name"),
        row("an editor's copy", "private.id.7.pem~", GOOD, Rule.NAME_NOT_EXACT, "whole name"),
        row("a swap file", ".private.id.7.pem.swp", GOOD, Rule.NAME_NOT_EXACT, "whole name"),
        row("an old one", "old-private.id.7.pem", GOOD, Rule.NAME_NOT_EXACT, "whole name"),
        row("a backup of the default key", "private.pem.bak", GOOD, Rule.NAME_NOT_EXACT, "remove"),
        row("leading zeros", "private.id.007.pem", GOOD, Rule.LEADING_ZEROS, "private.id.7.pem"),
        row("an empty id", "private.id..pem", GOOD, Rule.EMPTY_ID, "no id"),
        row(
            "an id over 2^53-1",
            "private.id.9007199254740992.pem",
            GOOD,
            Rule.ID_TOO_LARGE,
            "9007199254740991"),
        row("an empty file", NAME, "", Rule.HALF_WRITTEN, "write it again"),
        row("half a file", NAME, GOOD.substring(0, 60), Rule.HALF_WRITTEN, "END line"),
        row("no PEM", NAME, "hello", Rule.NOT_PEM, "PEM"),
        row(
            "a public key",
            NAME,
            KeyFiles.publicOnly(RSA.getPublic()),
            Rule.PUBLIC_KEY,
            "the private key"),
        row(
            "a certificate",
            NAME,
            KeyFiles.pem("CERTIFICATE", new byte[] {1, 2, 3}),
            Rule.CERTIFICATE,
            "a certificate"),
        row(
            "an encrypted key without passphrase",
            NAME,
            KeyFiles.encryptedPkcs8(RSA, "secret"),
            Rule.ENCRYPTED,
            "PASSPHRASE_FILE"),
        row(
            "a key encrypted the old way without passphrase",
            NAME,
            KeyFiles.encryptedTraditional(RSA, "secret"),
            Rule.ENCRYPTED,
            "PASSPHRASE_FILE"),
        row(
            "RSA with 1024 bits",
            NAME,
            KeyFiles.pkcs8(KeyFiles.rsa(1024)),
            Rule.UNSUPPORTED_TYPE,
            "2048"),
        row("DSA", NAME, KeyFiles.pkcs8(KeyFiles.ofType("DSA")), Rule.UNSUPPORTED_TYPE, "DSA"),
        row(
            "RSASSA-PSS",
            NAME,
            KeyFiles.pkcs8(KeyFiles.ofType("RSASSA-PSS")),
            Rule.UNSUPPORTED_TYPE,
            "RSASSA-PSS"),
        row(
            "secp256k1",
            NAME,
            KeyFiles.pkcs8(KeyFiles.ec("secp256k1")),
            Rule.UNSUPPORTED_TYPE,
            "secp256k1"),
        row("P-224", NAME, KeyFiles.sec1(KeyFiles.ec("secp224r1")), Rule.UNSUPPORTED_TYPE, "P-256"),
        row(
            "X25519",
            NAME,
            KeyFiles.pkcs8(KeyFiles.ofType("X25519")),
            Rule.UNSUPPORTED_TYPE,
            "X25519"),
        row("two keys", NAME, GOOD + KeyFiles.pkcs8(RSA), Rule.SEVERAL_KEYS, "one"),
        row(
            "a damaged key",
            NAME,
            KeyFiles.pem("PRIVATE KEY", "damaged".getBytes(US_ASCII)),
            Rule.DAMAGED,
            "write the file again"),
        row(
            "RSA numbers that do not belong together",
            NAME,
            withAnotherModulus(),
            Rule.DAMAGED,
            "undamaged"),
        row("over 64 KiB", NAME, GOOD + "x".repeat(65_536), Rule.TOO_LARGE, "65536"),
        setup(
            "readable by the world",
            directory -> KeyFiles.withPermissions(write(directory, GOOD), "rw-r--r--"),
            Rule.PERMISSIONS,
            "chmod 600"),
        setup(
            "writable by the group",
            directory -> KeyFiles.withPermissions(write(directory, GOOD), "rw-rw----"),
            Rule.PERMISSIONS,
            "0660"),
        setup(
            "a directory",
            directory -> Files.createDirectory(directory.resolve(NAME)),
            Rule.NOT_A_FILE,
            "regular file"),
        setup(
            "a link out of the directory",
            directory ->
                Files.createSymbolicLink(
                    directory.resolve(NAME),
                    KeyFiles.write(directory.resolveSibling("elsewhere.pem"), GOOD)),
            Rule.LINK_OUTSIDE,
            "elsewhere.pem"),
        setup(
            "a link to nothing",
            directory -> Files.createSymbolicLink(directory.resolve(NAME), Path.of("gone.pem")),
            Rule.DANGLING_LINK,
            "remove it"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void saysWhatIsWrongWithAFileAndGoesOnWithTheRest(Setup setup, Rule rule, String hint)
      throws IOException {
    KeyFiles.write(rsa.resolve("private.id.1.pem"), KeyFiles.pkcs8(RSA));
    var file = setup.in(rsa);

    var seen = settled(directory());

    assertThat(seen.findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.file()).isEqualTo(file);
              assertThat(finding.rule()).isEqualTo(rule);
              assertThat(finding.message()).contains(hint).doesNotContain("\n");
            });
    assertThat(seen.keys()).singleElement().extracting(KeyFile::kid).isEqualTo(1L);
  }

  @Test
  void refusesAnotherPassphrase() {
    passphrase = Passphrase.of("wrong");
    write(rsa, KeyFiles.encryptedPkcs8(RSA, "right"));
    KeyFiles.write(rsa.resolve("private.id.8.pem"), KeyFiles.encryptedTraditional(RSA, "right"));

    assertThat(settled(directory()).findings())
        .extracting(Finding::rule)
        .containsExactly(Rule.WRONG_PASSPHRASE, Rule.WRONG_PASSPHRASE);
  }

  @Test
  void takesTheDefaultKeyForKidZeroAndLetsTheGroupRead() {
    KeyFiles.withPermissions(
        KeyFiles.write(rsa.resolve("private.pem"), KeyFiles.pkcs1(RSA)), "r--r-----");
    write(rsa, GOOD);

    var seen = settled(directory());

    assertThat(seen.findings()).isEmpty();
    assertThat(seen.keys()).extracting(KeyFile::kid).containsExactlyInAnyOrder(0L, 7L);
    assertThat(seen.present()).containsExactlyInAnyOrder(0L, 7L);
  }

  @Test
  void followsLinksThatStayInsideAsKubernetesMakesThem() throws IOException {
    var data = Files.createDirectory(rsa.resolve("..2026_11_23"));
    KeyFiles.write(data.resolve(NAME), GOOD);
    Files.createSymbolicLink(rsa.resolve("..data"), Path.of("..2026_11_23"));
    Files.createSymbolicLink(rsa.resolve(NAME), Path.of("..data", NAME));

    var seen = settled(directory());

    assertThat(seen.findings()).isEmpty();
    assertThat(seen.keys()).singleElement().extracting(KeyFile::kid).isEqualTo(7L);
  }

  @Test
  void waitsForAFileToSettleAndSaysWhenToLookAgain() throws IOException {
    var directory = directory();
    var now = Instant.now();
    Files.setLastModifiedTime(write(rsa, GOOD), FileTime.from(now.minusMillis(20)));

    var first = seen(directory.look(now));
    assertThat(first.keys()).isEmpty();
    assertThat(first.findings()).isEmpty();
    assertThat(first.present()).containsExactly(7L);
    assertThat(first.lookAgain()).isEqualTo(millis(now.minusMillis(20)).plusMillis(150));

    var second = seen(directory.look(now.plusMillis(131)));
    assertThat(second.keys()).singleElement().extracting(KeyFile::kid).isEqualTo(7L);
    assertThat(second.lookAgain()).isNull();
  }

  @Test
  void settlesAFileFromTheFutureOnceItLooksTheSameTwice() throws IOException {
    var directory = directory();
    var now = Instant.now();
    Files.setLastModifiedTime(write(rsa, GOOD), FileTime.from(now.plusSeconds(3600)));

    assertThat(seen(directory.look(now)).lookAgain()).isEqualTo(now.plusMillis(150));
    assertThat(seen(directory.look(now.plusMillis(150))).keys()).hasSize(1);
  }

  @Test
  void givesAHalfWrittenFileAFewSecondsToArrive() throws IOException {
    var directory = directory();
    var now = Instant.now();
    var file = write(rsa, GOOD.substring(0, 80));
    Files.setLastModifiedTime(file, FileTime.from(now.minusSeconds(1)));

    var waiting = seen(directory.look(now));
    assertThat(waiting.findings()).isEmpty();
    assertThat(waiting.lookAgain()).isNotNull();

    assertThat(seen(directory.look(now.plusSeconds(3))).findings())
        .singleElement()
        .extracting(Finding::rule)
        .isEqualTo(Rule.HALF_WRITTEN);

    write(rsa, GOOD);
    Files.setLastModifiedTime(file, FileTime.from(now));
    var whole = seen(directory.look(now.plusSeconds(4)));
    assertThat(whole.findings()).isEmpty();
    assertThat(whole.keys()).hasSize(1);
  }

  @Test
  void tellsADirectoryThatCannotBeReadFromAnEmptyOne() throws IOException {
    var directory = directory();
    assertThat(directory.look(Instant.now())).isInstanceOf(KeyDirectory.Seen.class);

    Files.delete(rsa);
    assertThat(directory.look(Instant.now())).isEqualTo(new KeyDirectory.Lost("no such directory"));

    Files.writeString(rsa, "");
    assertThat(directory.look(Instant.now())).isEqualTo(new KeyDirectory.Lost("not a directory"));
  }

  private KeyDirectory directory() {
    return new KeyDirectory(rsa, PATTERN, rsa.resolve("private.pem"), passphrase);
  }

  private static KeyDirectory.Seen settled(KeyDirectory directory) {
    return seen(directory.look(Instant.now().plus(Duration.ofMinutes(1))));
  }

  private static KeyDirectory.Seen seen(KeyDirectory.Look look) {
    assertThat(look).isInstanceOf(KeyDirectory.Seen.class);
    return (KeyDirectory.Seen) look;
  }

  private static Path write(Path directory, String text) {
    return KeyFiles.write(directory.resolve(NAME), text);
  }

  private static Instant millis(Instant instant) {
    return FileTime.from(instant).toInstant();
  }

  private static Arguments row(String title, String name, String text, Rule rule, String hint) {
    return setup(title, directory -> KeyFiles.write(directory.resolve(name), text), rule, hint);
  }

  private static Arguments setup(String title, Setup setup, Rule rule, String hint) {
    return argumentSet(title, setup, rule, hint);
  }

  /// The private numbers of one key under the public ones of another.
  private static String withAnotherModulus() {
    var one = org.bouncycastle.asn1.pkcs.RSAPrivateKey.getInstance(pkcs1(RSA));
    var other = org.bouncycastle.asn1.pkcs.RSAPrivateKey.getInstance(pkcs1(KeyFiles.rsa(2048)));
    try {
      return KeyFiles.pem(
          "RSA PRIVATE KEY",
          new org.bouncycastle.asn1.pkcs.RSAPrivateKey(
                  other.getModulus(),
                  one.getPublicExponent(),
                  one.getPrivateExponent(),
                  one.getPrime1(),
                  one.getPrime2(),
                  one.getExponent1(),
                  one.getExponent2(),
                  one.getCoefficient())
              .getEncoded());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] pkcs1(KeyPair pair) {
    var lines = KeyFiles.pkcs1(pair).lines().toList();
    return java.util.Base64.getDecoder()
        .decode(String.join("", lines.subList(1, lines.size() - 1)).strip());
  }
}
