package org.rekey.cli.local;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The classes of one program as a JVM has read and checked them, for its next start: half of what
/// a start costs is saved. Who finds none starts without, and writes it when told to end.
///
/// It lies beside the application and goes when that is cleaned away. Its name says for which jars
/// and which Java it is good, since a JVM refuses it for any other.
///
/// @param written where the program writes it first; empty when there is one already
public record ClassArchive(Path file, Optional<Path> written) {
  /// How much longer an end may take for it.
  static final Duration WRITING = Duration.ofSeconds(20);

  private static final int TOLD_BYTES = 8;
  private static final String ENDING = ".jsa";

  /// Empty where the application lies in folders, of which a JVM keeps no classes, or where nothing
  /// can be written beside it. What was kept for other jars is thrown away.
  ///
  /// @param java the program that runs it
  /// @param classPath absolute paths, that of the application first
  static Optional<ClassArchive> of(Path java, String classPath, String program) {
    Path application = Path.of(classPath.split(File.pathSeparator, 2)[0]);
    Path directory = application.getParent();
    if (directory == null || !Files.isRegularFile(application) || !Files.isWritable(directory)) {
      return Optional.empty();
    }
    String start = "rekey-" + program + "-";
    try {
      String name = start + fingerprint(java, application, directory) + ENDING;
      try (Stream<Path> kept = Files.list(directory)) {
        for (Path other : kept.filter(path -> isArchive(path, start)).toList()) {
          if (!other.getFileName().toString().startsWith(name)) {
            Files.deleteIfExists(other);
          }
        }
      }
      Path file = directory.resolve(name);
      return Optional.of(
          new ClassArchive(
              file,
              Files.exists(file)
                  ? Optional.empty()
                  : Optional.of(directory.resolve(name + "." + ProcessHandle.current().pid()))));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static boolean isArchive(Path path, String start) {
    String name = path.getFileName().toString();
    return name.startsWith(start) && name.contains(ENDING);
  }

  /// What a JVM compares: which files, how large, how old.
  private static String fingerprint(Path java, Path application, Path directory)
      throws IOException {
    List<Path> files = new ArrayList<>(List.of(java.toRealPath(), application));
    Path libraries = directory.resolve("lib");
    if (Files.isDirectory(libraries)) {
      try (Stream<Path> jars = Files.list(libraries)) {
        jars.sorted().forEach(files::add);
      }
    }
    MessageDigest sha256 = sha256();
    for (Path file : files) {
      String line = "%s %d %s%n".formatted(file, Files.size(file), Files.getLastModifiedTime(file));
      sha256.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(sha256.digest(), 0, TOLD_BYTES);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Whether the program will write it at its end, which takes a few seconds.
  boolean isMissing() {
    return written.isPresent();
  }

  /// After the program has ended by itself: others may have what it has written, all of it at once.
  void keep() {
    written
        .filter(Files::exists)
        .ifPresent(
            whole -> {
              try {
                Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
              } catch (IOException e) {
                forget();
              }
            });
  }

  /// After it was killed.
  void forget() {
    written.ifPresent(
        half -> {
          try {
            Files.deleteIfExists(half);
          } catch (IOException e) {
            // It goes with the next build.
          }
        });
  }

  /// A command line of [JavaProgram] with it.
  List<String> with(List<String> command) {
    List<String> all = new ArrayList<>(command);
    // What is left out of it is told class by class otherwise, in the program's log.
    all.addAll(
        1,
        List.of(
            written
                .map(there -> "-XX:ArchiveClassesAtExit=" + there)
                .orElse("-XX:SharedArchiveFile=" + file),
            "-Xlog:cds*=off",
            "-Xlog:aot*=off"));
    return all;
  }
}
