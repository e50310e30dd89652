package org.rekey.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArtifactSigningTest {
  @TempDir Path directory;

  private static SigningOutcome sign(Path file, Path target, TestKey key, boolean replaces)
      throws IOException {
    return new ArtifactSigning(Limits.GENEROUS, _ -> {})
        .sign(
            file,
            target,
            ArtifactKey.fromPem(key.pem()).getFirst(),
            replaces,
            artifact -> key.signText(artifact.manifest().bytes()));
  }

  private Path file(TestArtifact artifact) throws IOException {
    return Files.write(directory.resolve("a.mender"), artifact.bytes());
  }

  @ParameterizedTest
  @CsvSource({"2, RSA", "2, EC", "3, RSA", "3, EC"})
  void addsTheSignatureAndTouchesNothingElse(int version, TestKey key) throws IOException {
    var file = file(TestArtifact.ofVersion(version).unsigned());
    var before = Files.readAllBytes(file);

    assertThat(sign(file, file, key, false)).isInstanceOf(SigningOutcome.Signed.class);

    var after = Files.readAllBytes(file);
    assertThat(ArtifactReaderTest.answer(after, key.pem())).isEqualTo("ok");
    // version and manifest, a head and its content each; then the new head and its content.
    var place = 4 * 512;
    var length = after.length - before.length;
    assertThat(length).isEqualTo(512 + 512);
    assertThat(Arrays.copyOf(after, place)).isEqualTo(Arrays.copyOf(before, place));
    assertThat(Arrays.copyOfRange(after, place + length, after.length))
        .isEqualTo(Arrays.copyOfRange(before, place, before.length));
    assertThat(onlyFile()).containsExactly("a.mender");
  }

  @Test
  void replacesASignatureWhenItIsToldTo() throws IOException {
    var file = file(TestArtifact.standard().signedBy(TestKey.EC));
    var before = Files.readAllBytes(file);

    assertThat(sign(file, file, TestKey.RSA, false))
        .isInstanceOf(SigningOutcome.SignedAlready.class);
    assertThat(Arrays.equals(Files.readAllBytes(file), before)).isTrue();

    assertThat(sign(file, file, TestKey.RSA, true)).isInstanceOf(SigningOutcome.Signed.class);
    assertThat(ArtifactReaderTest.answer(Files.readAllBytes(file), TestKey.RSA.pem()))
        .isEqualTo("ok");
    assertThat(Members.read(Files.readAllBytes(file)))
        .extracting(Members.Member::name)
        .containsExactly(
            "version", "manifest", "manifest.sig", "header.tar.gz", "data/0000.tar.gz");
  }

  @Test
  void signsNothingThatIsDamaged() throws IOException {
    var file =
        file(TestArtifact.standard().unsigned().with(a -> a.outer = m -> m.remove(m.size() - 1)));
    var before = Files.readAllBytes(file);
    var asked = new ArrayList<Artifact>();
    var outcome =
        new ArtifactSigning(Limits.GENEROUS, _ -> {})
            .sign(
                file,
                file,
                ArtifactKey.fromPem(TestKey.RSA.pem()).getFirst(),
                false,
                artifact -> {
                  asked.add(artifact);
                  return "";
                });
    assertThat(outcome).isInstanceOf(SigningOutcome.Damaged.class);
    assertThat(asked).isEmpty();
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    assertThat(onlyFile()).containsExactly("a.mender");
  }

  @Test
  void writesNoSignatureThatIsNotTheKeys() throws IOException {
    var file = file(TestArtifact.standard().unsigned());
    var before = Files.readAllBytes(file);
    var outcome =
        new ArtifactSigning(Limits.GENEROUS, _ -> {})
            .sign(
                file,
                file,
                ArtifactKey.fromPem(TestKey.RSA.pem()).getFirst(),
                false,
                artifact -> TestKey.OTHER_RSA.signText(artifact.manifest().bytes()));
    assertThat(outcome).isInstanceOf(SigningOutcome.WrongSignature.class);
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void aSignerThatFailsLeavesTheFileAsItWas() throws IOException {
    var file = file(TestArtifact.standard().unsigned());
    var before = Files.readAllBytes(file);
    assertThatThrownBy(
            () ->
                new ArtifactSigning(Limits.GENEROUS, _ -> {})
                    .sign(
                        file,
                        file,
                        ArtifactKey.fromPem(TestKey.RSA.pem()).getFirst(),
                        false,
                        _ -> {
                          throw new IOException("no keystore");
                        }))
        .hasMessage("no keystore");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    assertThat(onlyFile()).containsExactly("a.mender");
  }

  /// A copy that is written in place is half there at some time, for a reader and after a crash.
  @Test
  void theSignedCopyTakesTheNameOfTheFileInOneStep() throws IOException {
    var file = file(TestArtifact.standard().unsigned());
    var written = new ArrayList<Object>();

    new ArtifactSigning(Limits.GENEROUS, _ -> {})
        .sign(
            file,
            file,
            ArtifactKey.fromPem(TestKey.RSA.pem()).getFirst(),
            false,
            artifact -> {
              written.add(identity(otherFile()));
              return TestKey.RSA.signText(artifact.manifest().bytes());
            });

    assertThat(written).containsExactly(identity(file));
  }

  private static Object identity(Path file) throws IOException {
    return Files.readAttributes(file, PosixFileAttributes.class).fileKey();
  }

  private Path otherFile() throws IOException {
    return directory.resolve(
        onlyFile().stream().filter(name -> !name.equals("a.mender")).findFirst().orElseThrow());
  }

  @Test
  void keepsWhoMayReadTheFileAndTheLinkThatLeadsToIt() throws IOException {
    var file = file(TestArtifact.standard().unsigned());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    var link = Files.createSymbolicLink(directory.resolve("link.mender"), file);

    assertThat(sign(link, link, TestKey.RSA, false)).isInstanceOf(SigningOutcome.Signed.class);

    assertThat(link).isSymbolicLink();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
    assertThat(ArtifactReaderTest.answer(Files.readAllBytes(file), TestKey.RSA.pem()))
        .isEqualTo("ok");
  }

  private List<String> onlyFile() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(each -> each.getFileName().toString()).toList();
    }
  }
}
