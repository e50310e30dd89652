package org.rekey.cli.local;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.rekey.cli.CommandFailed;

/// The binaries of PostgreSQL, unpacked once for all instances of this user.
///
/// @param home the folder that holds `bin`, `lib` and `share`
record PostgresBinaries(Path home) {

  /// Unpacks them if they are not there yet. The folder is named by what is in it and appears by a
  /// rename, so instances that start at once do not disturb each other.
  static PostgresBinaries unpacked(Map<String, String> environment) {
    String resource = resource();
    try {
      Path cache = cache(environment);
      Path home = cache.resolve("postgresql-" + fingerprint(resource));
      if (!Files.isDirectory(home)) {
        AtomicFile.privateDirectory(cache);
        Path temporary = Files.createTempDirectory(cache, ".unpacking-");
        unpack(resource, temporary);
        try {
          Files.move(temporary, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
          deleteAll(temporary);
          if (!Files.isDirectory(home)) {
            throw e;
          }
        }
      }
      return new PostgresBinaries(home);
    } catch (IOException e) {
      throw new CommandFailed("PostgreSQL: its binaries cannot be unpacked: " + e.getMessage(), e);
    }
  }

  String program(String name) {
    return home.resolve("bin").resolve(name).toString();
  }

  private static Path cache(Map<String, String> environment) {
    return Optional.ofNullable(environment.get("XDG_CACHE_HOME"))
        .filter(text -> !text.isEmpty())
        .map(Path::of)
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"))
        .resolve("rekey");
  }

  private static String resource() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String machine =
        switch (System.getProperty("os.arch")) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64" -> "arm_64";
          default -> System.getProperty("os.arch");
        };
    String name = "/postgres-" + system + "-" + machine + ".txz";
    if (PostgresBinaries.class.getResource(name) == null) {
      throw new CommandFailed(
          "PostgreSQL: no binaries for %s on %s (expected: linux on x86_64)"
              .formatted(system, machine));
    }
    return name;
  }

  private static InputStream open(String resource) throws IOException {
    InputStream stream = PostgresBinaries.class.getResourceAsStream(resource);
    if (stream == null) {
      throw new IOException(resource + ": missing");
    }
    return new BufferedInputStream(stream, 1 << 16);
  }

  private static String fingerprint(String resource) throws IOException {
    try (var in = new DigestInputStream(open(resource), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256: missing (expected: in every JDK)", e);
    }
  }

  private static void unpack(String resource, Path target) throws IOException {
    try (var tar = new TarArchiveInputStream(new XZCompressorInputStream(open(resource)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path path = target.resolve(entry.getName()).normalize();
        if (!path.startsWith(target)) {
          throw new IOException(entry.getName() + ": outside of the archive");
        }
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else {
          Files.createDirectories(path.getParent());
          write(tar, entry, target, path);
        }
      }
    }
  }

  private static void write(TarArchiveInputStream tar, TarArchiveEntry entry, Path root, Path path)
      throws IOException {
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else if (entry.isLink()) {
      Files.createLink(path, root.resolve(entry.getLinkName()));
    } else {
      Files.copy(tar, path);
      boolean isProgram = (entry.getMode() & 0100) != 0;
      Files.setPosixFilePermissions(
          path, PosixFilePermissions.fromString(isProgram ? "rwxr-xr-x" : "rw-r--r--"));
    }
  }

  static void deleteAll(Path root) throws IOException {
    try (var paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
