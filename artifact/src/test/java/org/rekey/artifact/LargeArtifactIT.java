package org.rekey.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Large files: `-Drekey.artifact.megabytes=4000` makes them as large as one likes.
class LargeArtifactIT {
  private static final int MEGABYTES = Integer.getInteger("rekey.artifact.megabytes", 200);
  private static final int KILLS = 8;

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = directory.resolve("large.mender");
    LargeArtifact.write(file, MEGABYTES);
    Files.writeString(directory.resolve("key.pem"), TestKey.EC.pem());
    Files.writeString(
        directory.resolve("secret"),
        TestKey.EC.privatePem().replaceAll("-----[A-Z ]+-----|\\s", ""));
  }

  private Process signing() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx32m",
            "-XX:MaxDirectMemorySize=8m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            SignFile.class.getName(),
            file.toString(),
            directory.resolve("key.pem").toString(),
            directory.resolve("secret").toString())
        .redirectErrorStream(true)
        .start();
  }

  private String answer() throws IOException {
    try (var in = Files.newInputStream(file)) {
      var inspection = new ArtifactReader(Limits.GENEROUS, Watcher.NONE).inspect(in);
      return switch (inspection) {
        case Inspection.Damaged(Rule rule, String message) -> rule + message;
        case Inspection.Sound(Artifact artifact) ->
            artifact
                .signature()
                .map(
                    text ->
                        ArtifactKey.fromPem(TestKey.EC.pem())
                            .getFirst()
                            .problem(artifact.manifest(), text)
                            .orElse("signed"))
                .orElse("unsigned");
      };
    }
  }

  @Test
  void aHeapOf32MegabytesSignsAFileOfAnySize() throws Exception {
    var process = signing();
    assertThat(new String(process.getInputStream().readAllBytes(), UTF_8)).contains("Signed");
    assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
    assertThat(answer()).isEqualTo("signed");
  }

  @Test
  void aKillAtAnyMomentLeavesAWholeArtifact() throws Exception {
    var start = System.nanoTime();
    var whole = signing();
    whole.getInputStream().readAllBytes();
    whole.waitFor();
    var usual = System.nanoTime() - start;
    LargeArtifact.write(file, MEGABYTES);

    var killed = 0;
    for (int i = 0; i < KILLS; i++) {
      var process = signing();
      // SIGKILL, somewhere on the way.
      if (!process.waitFor(
          ThreadLocalRandom.current().nextLong(usual / 4, usual), TimeUnit.NANOSECONDS)) {
        process.destroyForcibly().waitFor();
        killed++;
      }
      assertThat(answer()).isIn("unsigned", "signed");
    }
    assertThat(killed).isPositive();
  }
}
