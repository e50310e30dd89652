package org.rekey.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArtifactReaderTest {
  private static final Path ZSTD = Path.of("/usr/bin/zstd");

  static Stream<DamageTable.Row> rows() {
    return DamageTable.rows().stream();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void judgesEveryRowOfTheTable(DamageTable.Row row) throws IOException {
    assertThat(answer(row.bytes(), row.key().pem())).isEqualTo(row.answer());
  }

  @Test
  void everyStricterAnswerIsDocumented() throws IOException {
    var page = Files.readString(Path.of("../docs/artifacts.md"));
    assertThat(rows().filter(row -> row.than() != DamageTable.Than.SAME))
        .isNotEmpty()
        .allSatisfy(row -> assertThat(page).contains("| " + row.name() + " |"));
  }

  /// `ok`, a rule, `unsigned`, `signature` or `key`.
  static String answer(byte[] bytes, String pem) throws IOException {
    ArtifactKey key;
    try {
      key = ArtifactKey.fromPem(pem).getFirst();
    } catch (IllegalArgumentException e) {
      return "key";
    }
    return switch (inspect(bytes)) {
      case Inspection.Damaged(Rule rule, String _) -> rule.id();
      case Inspection.Sound(Artifact artifact) when artifact.signature().isEmpty() -> "unsigned";
      case Inspection.Sound(Artifact artifact) ->
          key.problem(artifact.manifest(), artifact.signature().orElseThrow()).isPresent()
              ? "signature"
              : "ok";
    };
  }

  private static Inspection inspect(byte[] bytes) throws IOException {
    return new ArtifactReader(Limits.GENEROUS, Watcher.NONE)
        .inspect(new ByteArrayInputStream(bytes));
  }

  @Test
  void tellsWhatIsInAnArtifact() throws IOException {
    var sound = (Inspection.Sound) inspect(TestArtifact.standard().bytes());
    var artifact = sound.artifact();
    assertThat(artifact.name()).isEqualTo("r1");
    assertThat(artifact.deviceTypes()).containsExactly("dev");
    assertThat(artifact.scripts()).containsExactly("ArtifactInstall_Enter_00_x");
    assertThat(artifact.payloads())
        .singleElement()
        .satisfies(
            payload -> {
              assertThat(payload.type()).isEqualTo("rootfs-image");
              assertThat(payload.provides()).containsEntry("rootfs-image.version", "r1");
              assertThat(payload.files())
                  .singleElement()
                  .satisfies(file -> assertThat(file.size()).isEqualTo(40_000));
            });
  }

  @Test
  void knowsTheSignatureBeforeThePayloadComes() throws IOException {
    List<String> order = new ArrayList<>();
    var watcher =
        new Watcher() {
          @Override
          public void begins(String member) {
            order.add(member);
          }

          @Override
          public void manifest(Manifest manifest, @Nullable String signature) {
            order.add(signature == null ? "unsigned" : "signed");
          }
        };
    new ArtifactReader(Limits.GENEROUS, watcher)
        .inspect(new ByteArrayInputStream(TestArtifact.standard().bytes()));
    assertThat(order)
        .containsExactly(
            "version", "manifest", "manifest.sig", "header.tar.gz", "signed", "data/0000.tar.gz");
  }

  @Test
  void refusesWhatUnpacksToMoreThanItsLimit() throws IOException {
    var bomb =
        TestArtifact.standard()
            .with(
                a ->
                    a.payloads
                        .getFirst()
                        .set(0, Members.Member.file("root.ext4", new byte[20_000_000])))
            .bytes();
    assertThat(bomb.length).isLessThan(100_000);
    assertThat(
            new ArtifactReader(new Limits(1 << 20, 10_000_000), Watcher.NONE)
                .inspect(new ByteArrayInputStream(bomb)))
        .isInstanceOfSatisfying(
            Inspection.Damaged.class, damaged -> assertThat(damaged.rule()).isEqualTo(Rule.LIMIT));
  }

  @Test
  void aDiskThatFailsIsNoDamage() {
    var bytes = TestArtifact.standard().bytes();
    var failing =
        new FilterInputStream(new ByteArrayInputStream(bytes, 0, bytes.length / 2)) {
          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            int n = super.read(into, offset, length);
            if (n < 0) {
              throw new IOException("the disk is gone");
            }
            return n;
          }
        };
    assertThatThrownBy(() -> new ArtifactReader(Limits.GENEROUS, Watcher.NONE).inspect(failing))
        .isInstanceOf(IOException.class)
        .hasMessage("the disk is gone");
  }

  /// Debian's `mender-artifact` knows no zstd; this program packs as later ones do.
  @ParameterizedTest
  @ValueSource(strings = {"-1", "-3 --no-check", "-19", "--ultra -22", "-3 --long=27"})
  void readsWhatTheProgramZstdHasPacked(String options) throws IOException {
    assumeTrue(Files.isExecutable(ZSTD), "zstd is not installed (apt-get install zstd): left out");
    var artifact = TestArtifact.standard();
    var content = new byte[3_000_000];
    new Random(17).nextBytes(content);
    java.util.Arrays.fill(content, 1_000_000, 2_000_000, (byte) 7);
    artifact.payloads.getFirst().set(0, Members.Member.file("root.ext4", content));
    artifact.suffix = ".zst";
    artifact.packing = bytes -> zstd(bytes, options);
    assertThat(answer(artifact.bytes(), TestKey.RSA.pem())).isEqualTo("ok");

    artifact.packedPayload = bytes -> java.util.Arrays.copyOf(bytes, bytes.length + 1);
    assertThat(inspect(artifact.bytes()))
        .as("a byte after its end")
        .isInstanceOf(Inspection.Damaged.class);
  }

  private static byte[] zstd(byte[] bytes, String options) {
    try {
      var in = Files.write(Files.createTempFile("rekey", ".tar"), bytes);
      try {
        List<String> line = new ArrayList<>(List.of(ZSTD.toString(), "-q", "-c"));
        line.addAll(List.of(options.split(" ", -1)));
        line.add(in.toString());
        return new ProcessBuilder(line).start().getInputStream().readAllBytes();
      } finally {
        Files.delete(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyCutIsSeen() throws IOException {
    var bytes = TestArtifact.standard().bytes();
    for (int length = 0; length < bytes.length; length += 97) {
      assertThat(inspect(java.util.Arrays.copyOf(bytes, length)))
          .as("cut at %d", length)
          .isInstanceOf(Inspection.Damaged.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".gz", ".xz", ".zst"})
  void noChangeOfBytesBringsItDownOrPassesForTheSame(String suffix) throws IOException {
    var artifact = TestArtifact.standard().with(a -> a.suffix = suffix);
    artifact.payloads.getFirst().set(0, Members.Member.file("root.ext4", new byte[3_000]));
    var bytes = artifact.bytes();
    var manifest = ((Inspection.Sound) inspect(bytes)).artifact().manifest();
    var random = new Random(13);
    for (int i = 0; i < 1_500; i++) {
      var changed = bytes.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      // Sound only if what was changed says nothing: owners and times in tar heads, fill.
      if (inspect(changed) instanceof Inspection.Sound(Artifact sound)) {
        assertThat(sound.manifest().sha256()).isEqualTo(manifest.sha256());
      }
    }
  }
}
