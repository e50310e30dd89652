package org.rekey.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.verifier.log.LogKey;

class KeyMaterialTest {
  @TempDir Path directory;

  @Test
  void makesAFirstKeyInAnEmptyDirectoryOnly() throws IOException {
    Path file = directory.resolve("ring/private.pem");
    assertThat(KeyMaterial.ensureFirstKey(file)).isTrue();
    String text = Files.readString(file);
    assertThat(text).startsWith("-----BEGIN PRIVATE KEY-----\n");
    assertThat(mode(file)).isEqualTo("rw-------");
    assertThat(mode(directory.resolve("ring"))).isEqualTo("rwx------");

    assertThat(KeyMaterial.ensureFirstKey(file)).isFalse();
    assertThat(file).hasContent(text);
  }

  @Test
  void leavesADirectoryAloneInWhichThereIsAnything() throws IOException {
    Files.createFile(directory.resolve("private.id.7.pem"));
    assertThat(KeyMaterial.ensureFirstKey(directory.resolve("private.pem"))).isFalse();
    assertThat(directory.resolve("private.pem")).doesNotExist();
  }

  @Test
  void makesOneLogKeyForEver() throws IOException {
    DataDirectory data = DataDirectory.create(directory.resolve("data"));
    AtomicFile.privateDirectory(data.pki());
    KeyMaterial.ensureLogKey(data);
    String published = Files.readString(data.logKey());
    assertThat(LogKey.fromPem(published).thumbprint()).isNotEmpty();
    assertThat(mode(data.logSigningKey())).isEqualTo("rw-------");

    KeyMaterial.ensureLogKey(data);
    assertThat(data.logKey()).hasContent(published);
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
