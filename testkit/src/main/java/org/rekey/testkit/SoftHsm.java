package org.rekey.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// SoftHSM 2 with tokens of this process's own, managed with the tools that an operator has
/// (`softhsm2-util`, `pkcs11-tool`). The library finds its settings by an environment variable, so
/// there is one set of tokens for the whole process.
public final class SoftHsm {
  public static final String PIN = "1234";

  private static final String SECURITY_OFFICER_PIN = "87654321";
  private static final List<Path> LIBRARIES =
      List.of(
          Path.of("/usr/lib/softhsm/libsofthsm2.so"),
          Path.of("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
          Path.of("/usr/lib64/pkcs11/libsofthsm2.so"));

  private final Path home;
  private final Path library;

  private SoftHsm(Path home, Path library) {
    this.home = home;
    this.library = library;
  }

  public static boolean isInstalled() {
    return LIBRARIES.stream().anyMatch(Files::exists)
        && isThere("softhsm2-util")
        && isThere("pkcs11-tool");
  }

  /// Skips the test where it is not installed.
  public static SoftHsm ofThisProcess() {
    assumeTrue(
        isInstalled(), "SoftHSM 2 or OpenSC is not installed (apt-get install softhsm2 opensc)");
    return new SoftHsm(
        Shared.HOME, LIBRARIES.stream().filter(Files::exists).findFirst().orElseThrow());
  }

  public Path library() {
    return library;
  }

  /// What other processes need to see the same tokens.
  public Map<String, String> environment() {
    return Map.of(Shared.VARIABLE, home.resolve("softhsm2.conf").toString());
  }

  /// A new token with the PIN [#PIN].
  public Token token(String label) {
    return token(label, PIN);
  }

  public Token token(String label, String pin) {
    var before = tokenDirectories();
    run(
        "softhsm2-util",
        "--init-token",
        "--free",
        "--label",
        label,
        "--so-pin",
        SECURITY_OFFICER_PIN,
        "--pin",
        pin);
    var after = new ArrayList<>(tokenDirectories());
    after.removeAll(before);
    return new Token(label, pin, after.getFirst());
  }

  /// A token and where SoftHSM keeps it.
  public final class Token {
    private final String label;
    private final String pin;
    private final Path directory;

    private Token(String label, String pin, Path directory) {
      this.label = label;
      this.pin = pin;
      this.directory = directory;
    }

    /// @param type as `pkcs11-tool` calls it, e.g. `rsa:2048`, `EC:prime256v1`, `EC:edwards25519`
    public void generate(String type, String key, String id) {
      tool("--keypairgen", "--key-type", type, "--label", key, "--id", id);
    }

    public void delete(String objectType, String id) {
      tool("--delete-object", "--type", objectType, "--id", id);
    }

    public void write(String objectType, Path file, String key, String id) {
      tool("--write-object", file.toString(), "--type", objectType, "--label", key, "--id", id);
    }

    /// What a key file holds for one of its keys.
    public String uri(String key, Path pinFile) {
      return "pkcs11:token=%s;object=%s?module-path=%s&pin-source=file:%s%n"
          .formatted(label.replace(" ", "%20"), key, library, pinFile);
    }

    public void goAway() {
      move(directory, away());
    }

    public void comeBack() {
      move(away(), directory);
    }

    private Path away() {
      return home.resolve("away-" + directory.getFileName());
    }

    private void tool(String... options) {
      var line = new ArrayList<String>();
      line.addAll(List.of("pkcs11-tool", "--module", library.toString(), "--token-label", label));
      line.addAll(List.of("--login", "--pin", pin));
      line.addAll(List.of(options));
      run(line.toArray(String[]::new));
    }
  }

  private List<Path> tokenDirectories() {
    try (var files = Files.list(home.resolve("tokens"))) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void run(String... command) {
    try {
      var builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().putAll(environment());
      var process = builder.start();
      var output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isThere(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /// Made before the library is loaded, which reads the variable of the real environment.
  private static final class Shared {
    static final String VARIABLE = "SOFTHSM2_CONF";
    static final Path HOME = make();

    private static Path make() {
      try {
        var home = ScratchDirectory.make("softhsm");
        var tokens = Files.createDirectory(home.resolve("tokens"));
        var settings = home.resolve("softhsm2.conf");
        Files.writeString(
            settings, "directories.tokendir = %s%nlog.level = ERROR%n".formatted(tokens));
        setEnvironment(VARIABLE, settings.toString());
        return home;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @SuppressWarnings("restricted")
    private static void setEnvironment(String name, String value) {
      var linker = Linker.nativeLinker();
      var setenv =
          linker.downcallHandle(
              linker.defaultLookup().find("setenv").orElseThrow(),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT));
      try (var arena = Arena.ofConfined()) {
        var _ = (int) setenv.invoke(arena.allocateFrom(name), arena.allocateFrom(value), 1);
      } catch (Throwable e) {
        throw new IllegalStateException("setenv", e);
      }
    }
  }
}
