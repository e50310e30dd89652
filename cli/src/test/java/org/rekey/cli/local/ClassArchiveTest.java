package org.rekey.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassArchiveTest {
  private static final Instant BUILT = Instant.parse("2026-11-01T12:00:00Z");

  @TempDir Path directory;
  private Path java = Path.of("");
  private Path application = Path.of("");
  private Path library = Path.of("");

  @BeforeEach
  void build() throws Exception {
    java = Files.writeString(directory.resolve("java"), "");
    application = Files.writeString(directory.resolve("rekey.jar"), "");
    Files.createDirectory(directory.resolve("lib"));
    library = Files.writeString(directory.resolve("lib/library.jar"), "");
    Files.setLastModifiedTime(library, FileTime.from(BUILT));
  }

  private ClassArchive archive(String program) {
    String classPath = application + File.pathSeparator + directory.resolve("more.jar");
    return ClassArchive.of(java, classPath, program).orElseThrow();
  }

  @Test
  void liesBesideTheApplicationOneForEachProgram() {
    assertThat(archive("gateway").file().getParent()).isEqualTo(directory);
    assertThat(archive("gateway")).isEqualTo(archive("gateway")).isNotEqualTo(archive("kafka"));
  }

  @Test
  void isAnotherOneForAnotherJarAndForAnotherJava() throws Exception {
    ClassArchive before = archive("gateway");
    Files.setLastModifiedTime(library, FileTime.from(BUILT.minusSeconds(1)));
    ClassArchive olderLibrary = archive("gateway");
    Files.writeString(application, "larger");
    ClassArchive largerApplication = archive("gateway");
    Files.writeString(java, "newer");
    assertThat(List.of(before, olderLibrary, largerApplication, archive("gateway")))
        .doesNotHaveDuplicates();
  }

  @Test
  void goesWhenThereIsAnotherAndLeavesThoseOfOtherPrograms() throws Exception {
    Path outdated = Files.writeString(archive("gateway").file(), "");
    Path half = Files.writeString(directory.resolve(outdated.getFileName() + ".1"), "");
    Path other = Files.writeString(archive("kafka").file(), "");
    assertThat(archive("gateway").isMissing()).isFalse();
    Files.writeString(library, "larger");
    assertThat(archive("gateway").isMissing()).isTrue();
    assertThat(outdated).doesNotExist();
    assertThat(half).doesNotExist();
    assertThat(other).exists();
  }

  @Test
  void isNotForClassesInFolders() {
    assertThat(ClassArchive.of(java, directory.toString(), "gateway")).isEmpty();
  }

  @Test
  void isThereForOthersOnceItIsWhole() throws Exception {
    ClassArchive first = archive("gateway");
    Files.writeString(first.written().orElseThrow(), "whole");
    assertThat(archive("gateway").isMissing()).isTrue();
    first.keep();
    assertThat(archive("gateway").isMissing()).isFalse();
    assertThat(archive("gateway").with(List.of("java", "Main")))
        .contains("-XX:SharedArchiveFile=" + first.file());
  }

  @Test
  void standsBeforeWhateverTheCommandLineHas() {
    assertThat(archive("gateway").with(List.of("java", "-Xmx128m", "Main")))
        .startsWith(
            "java", "-XX:ArchiveClassesAtExit=" + archive("gateway").written().orElseThrow())
        .endsWith("-Xmx128m", "Main");
  }
}
