package org.rekey.cli.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// A child process to be: what to run, with which environment, and where its output goes. Every
/// program here ends when its standard input does, or soon by itself.
///
/// @param environment all that it gets beside what every process needs to find its way; nothing of
///     the operator's own shell leaks in
/// @param archive of a program in Java, where there can be one
public record Program(
    String name,
    List<String> command,
    Map<String, String> environment,
    Path log,
    Optional<ClassArchive> archive) {
  private static final Set<String> INHERITED =
      Set.of("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "JAVA_TOOL_OPTIONS");

  /// Where traces go is the same for all.
  private static final String TRACES = "OTEL_";

  private static final long KEPT_LOG_BYTES = 1024 * 1024;

  public Program {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }

  public Program(String name, List<String> command, Map<String, String> environment, Path log) {
    this(name, command, environment, log, Optional.empty());
  }

  public Process start() throws IOException {
    boundLog();
    var builder = new ProcessBuilder(command);
    var inherited = new TreeMap<>(builder.environment());
    inherited.keySet().removeIf(name -> !isInherited(name));
    builder.environment().clear();
    builder.environment().putAll(inherited);
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    return builder.start();
  }

  /// Whether it will write its [ClassArchive] when it ends.
  public boolean keepsClasses() {
    return archive.filter(ClassArchive::isMissing).isPresent();
  }

  /// After its end.
  ///
  /// @param isWhole whether it has ended by itself, and done before what it is for: only then has
  ///     it read the classes that the next start will need
  public void ended(boolean isWhole) {
    archive.ifPresent(isWhole ? ClassArchive::keep : ClassArchive::forget);
  }

  /// What it wrote last.
  List<String> lastLines(int count) {
    try {
      List<String> lines = Files.readString(log).lines().toList();
      return lines.subList(Math.max(0, lines.size() - count), lines.size());
    } catch (IOException e) {
      return List.of();
    }
  }

  private void boundLog() throws IOException {
    if (Files.exists(log) && Files.size(log) > KEPT_LOG_BYTES) {
      byte[] all = Files.readAllBytes(log);
      int from = all.length - (int) (KEPT_LOG_BYTES / 2);
      Files.write(
          log,
          java.util.Arrays.copyOfRange(all, from, all.length),
          StandardOpenOption.TRUNCATE_EXISTING);
    }
  }

  private static boolean isInherited(String name) {
    return INHERITED.contains(name) || name.startsWith(TRACES);
  }
}
