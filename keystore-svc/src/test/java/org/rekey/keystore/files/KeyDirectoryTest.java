package org.rekey.keystore.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.keystore.pkcs11.Tokens;
import org.rekey.pkcs11.Passphrase;
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

  @Test
  void refusesAnotherPassphrase() {
    passphrase = Passphrase.of("SETTING", "wrong");
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

  @Test
  void triesAgainWhenThePassphraseFileIsMended() throws IOException {
    var file = KeyFiles.write(temp.resolve("passphrase"), "wrong\n");
    passphrase = Passphrase.in(file);
    write(rsa, KeyFiles.encryptedPkcs8(RSA, "right"));
    var directory = directory();
    assertThat(settled(directory).findings())
        .extracting(Finding::rule)
        .containsExactly(Rule.WRONG_PASSPHRASE);

    KeyFiles.place(file, "right\n");
    assertThat(settled(directory).keys()).hasSize(1);

    Files.delete(file);
    assertThat(settled(directory).keys()).hasSize(1);
    assertThat(settled(directory()).findings())
        .extracting(Finding::rule)
        .containsExactly(Rule.PASSPHRASE_FILE);
  }

  private KeyDirectory directory() {
    return new KeyDirectory(rsa, PATTERN, rsa.resolve("private.pem"), passphrase, Tokens.none());
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
}
