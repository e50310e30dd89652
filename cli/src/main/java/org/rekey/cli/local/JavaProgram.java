package org.rekey.cli.local;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// How this process runs Java itself: the same JDK and class path serve for its children.
public record JavaProgram(Path java, String classPath) {

  public static JavaProgram ofThisProcess() {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));
    return new JavaProgram(Path.of(System.getProperty("java.home"), "bin", "java"), classPath);
  }

  /// A program that is started again and again, with its [ClassArchive] where there can be one.
  ///
  /// @param command of [#command]
  public Program program(
      String name, List<String> command, Map<String, String> environment, Path log) {
    Optional<ClassArchive> archive = ClassArchive.of(java, classPath, name);
    return new Program(
        name, archive.map(kept -> kept.with(command)).orElse(command), environment, log, archive);
  }

  /// The command line of another main class.
  public List<String> command(int heapMegabytes, String mainClass, String... options) {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(
        List.of(
            "-Xmx" + heapMegabytes + "m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xshare:auto",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", classPath, mainClass));
    return command;
  }
}
