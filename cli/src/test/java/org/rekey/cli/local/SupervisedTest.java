package org.rekey.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisedTest {
  @TempDir Path directory;

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<String> notices = new CopyOnWriteArrayList<>();
  private final AtomicInteger restarts = new AtomicInteger();
  private DataDirectory data = new DataDirectory(Path.of("."));
  private Supervised child = child("exit 0");

  @BeforeEach
  void makeData() {
    data = DataDirectory.create(directory.resolve("data"));
  }

  @AfterEach
  void stop() {
    child.stop();
    child.stopped(Duration.ofSeconds(5));
    timer.shutdownNow();
  }

  private Supervised child(String script) {
    return child(script, Optional.empty());
  }

  private Supervised child(String script, Optional<ClassArchive> archive) {
    var program =
        new Program(
            "child",
            List.of("/bin/sh", "-c", script),
            Map.of("SETTING", "value"),
            data.logs().resolve("child.log"),
            archive);
    var progress =
        new Progress() {
          @Override
          public void done(String what) {}

          @Override
          public void notice(String what) {
            notices.add(what);
          }
        };
    return new Supervised(
        program, new Pids(data.pids()), progress, restarts::incrementAndGet, timer);
  }

  @Test
  void startsAProgramAgainThatWasReadyAndEnds() {
    child = child("read x; exit 3");
    child.start();
    child.ready();
    long first = child.pid();
    ProcessHandle.of(first).orElseThrow().destroyForcibly();
    await().untilAsserted(() -> assertThat(restarts).hasValue(1));
    assertThat(child.pid()).isNotEqualTo(first);
    assertThat(notices).singleElement().asString().contains("child ended (exit code 137)");
  }

  @Test
  void givesUpAtOnceWhenSettingsAreRefusedAtTheStart() {
    child = child("echo SOME_SETTING: wrong; exit 78");
    child.start();
    await().untilAsserted(() -> assertThat(child.failure()).isPresent());
    assertThat(child.failure()).contains("child ended with exit code 78");
    assertThat(child.program().lastLines(3)).containsExactly("SOME_SETTING: wrong");
    assertThat(notices).isEmpty();
  }

  @Test
  void givesUpAfterThreeFailuresAtTheStart() {
    child = child("exit 1");
    child.start();
    await().untilAsserted(() -> assertThat(child.failure()).isPresent());
    assertThat(notices).hasSize(2);
  }

  @Test
  void killsWhoDoesNotStopInTime() {
    child = child("trap '' TERM; echo up; while :; do sleep 0.05; done");
    child.start();
    await().until(() -> !child.program().lastLines(1).isEmpty());
    ProcessHandle process = ProcessHandle.of(child.pid()).orElseThrow();
    child.stop();
    child.stopped(Duration.ofMillis(200));
    assertThat(process.isAlive()).isFalse();
    assertThat(restarts).hasValue(0);
  }

  @Test
  void waitsLongerForOneThatWritesItsClassesAndKeepsThem() {
    ClassArchive archive = archive();
    child =
        child(
            "trap 'sleep 1; echo all > %s; exit' TERM; echo up; while :; do sleep 0.05; done"
                .formatted(archive.written().orElseThrow()),
            Optional.of(archive));
    child.start();
    await().until(() -> !child.program().lastLines(1).isEmpty());
    child.ready();
    assertThat(child.program().keepsClasses()).isTrue();
    child.stop();
    child.stopped(Duration.ofMillis(200));
    assertThat(archive.file()).hasContent("all");
    assertThat(archive.written().orElseThrow()).doesNotExist();
  }

  @Test
  void keepsNothingOfOneThatNeverCameUp() throws Exception {
    ClassArchive archive = archive();
    Files.writeString(archive.written().orElseThrow(), "a few");
    child = child("exit 78", Optional.of(archive));
    child.start();
    await().untilAsserted(() -> assertThat(child.failure()).isPresent());
    child.stop();
    child.stopped(Duration.ofMillis(200));
    assertThat(archive.file()).doesNotExist();
    assertThat(archive.written().orElseThrow()).doesNotExist();
  }

  @Test
  void throwsAwayWhatAProgramHadWrittenThatWasKilled() throws Exception {
    ClassArchive archive = archive();
    Files.writeString(directory.resolve("written"), "half");
    archive.forget();
    assertThat(directory.resolve("written")).doesNotExist();
    assertThat(archive.file()).doesNotExist();
  }

  private ClassArchive archive() {
    return new ClassArchive(directory.resolve("kept"), Optional.of(directory.resolve("written")));
  }

  @Test
  void givesAProgramItsSettingsAndNothingOfTheShells() {
    child = child("env; exit 78");
    child.start();
    await().untilAsserted(() -> assertThat(child.failure()).isPresent());
    assertThat(child.program().lastLines(20))
        .contains("SETTING=value")
        .noneMatch(line -> line.startsWith("JAVA_HOME=") || line.startsWith("MAVEN_"));
  }

  @Test
  void endsWhatAKilledRunHasLeft() throws Exception {
    var left = new ProcessBuilder("/bin/sh", "-c", "read x").start();
    new Pids(data.pids()).running("kafka", left.toHandle());
    left.getOutputStream().close();
    // Empty when it was quicker than we were.
    assertThat(new Pids(data.pids()).endLeftovers()).isSubsetOf("kafka");
    assertThat(left.isAlive()).isFalse();
    assertThat(data.pids()).isEmptyDirectory();
  }
}
