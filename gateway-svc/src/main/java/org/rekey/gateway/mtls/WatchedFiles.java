package org.rekey.gateway.mtls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.tls.UnusableCertificateException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file, or all of a directory with certain endings, and what was last made of it that was good:
/// that stays, whatever becomes of the files. Not thread-safe.
///
/// Half a list of what is blocked is a list too. So what is new is taken over when two looks find
/// the same: by then whoever writes has written.
///
/// @param <T> what is made of them
final class WatchedFiles<T> {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedFiles.class);
  private static final int MAX_BYTES = 64 * 1024 * 1024;

  private final String setting;
  private final Path path;
  private final List<String> endings;
  private final Parser<T> parser;
  private @Nullable Map<Path, ByteBuffer> seen;
  private @Nullable Map<Path, ByteBuffer> before;
  private boolean isOwed;
  private @Nullable T good;
  private Optional<String> refused = Optional.empty();

  /// Makes something of the contents of files.
  interface Parser<T> {
    T parse(Map<Path, ByteBuffer> files) throws UnusableCertificateException;
  }

  /// @param endings of the files in a directory
  /// @throws SettingsException when nothing can be made of them now
  WatchedFiles(String setting, Path path, List<String> endings, Parser<T> parser) {
    this.setting = setting;
    this.path = path;
    this.endings = endings;
    this.parser = parser;
    this.isOwed = true; // at the start there is nothing that could go on
    look();
    if (good == null) {
      throw new SettingsException(setting + ": " + refused.orElse("nothing there"));
    }
  }

  T get() {
    if (good == null) {
      throw new IllegalStateException(setting + ": not read");
    }
    return good;
  }

  Optional<String> refused() {
    return refused;
  }

  /// The next look makes it anew, whether the files have changed or not.
  void forget() {
    seen = null;
    isOwed = true;
  }

  /// True if something else is to be had from now on.
  boolean look() {
    try {
      Map<Path, ByteBuffer> files = read();
      if (files.equals(seen)) {
        before = null;
        return false;
      }
      if (!isOwed && !files.equals(before)) {
        before = files;
        return false;
      }
      good = parser.parse(files);
      isOwed = false;
      before = null;
      seen = files;
      refused = Optional.empty();
      LOG.atInfo().addKeyValue("setting", setting).addKeyValue("path", path).log("files were read");
      return true;
    } catch (UnusableCertificateException e) {
      refuse(String.valueOf(e.getMessage()));
      return false;
    }
  }

  /// Once for each reason. Looked at again each time: they may be halfway through a change.
  private void refuse(String why) {
    seen = null;
    if (good != null && !Optional.of(why).equals(refused)) {
      LOG.atError()
          .addKeyValue("setting", setting)
          .addKeyValue("error", why)
          .log("new files cannot be used; what was read before goes on");
    }
    refused = Optional.of(why);
  }

  private Map<Path, ByteBuffer> read() throws UnusableCertificateException {
    Map<Path, ByteBuffer> contents = new TreeMap<>();
    try {
      if (Files.isDirectory(path)) {
        try (var entries = Files.list(path)) {
          for (Path file : entries.filter(this::isMeant).toList()) {
            contents.put(file, content(file));
          }
        }
        if (contents.isEmpty()) {
          throw new UnusableCertificateException(
              "%s: no file in it (expected: %s)".formatted(path, String.join(", ", endings)));
        }
      } else {
        contents.put(path, content(path));
      }
    } catch (IOException e) {
      throw new UnusableCertificateException(
          "%s: cannot be read: %s".formatted(path, e.getClass().getSimpleName()));
    }
    return contents;
  }

  private boolean isMeant(Path file) {
    String name = file.getFileName().toString();
    return !name.startsWith(".")
        && endings.stream().anyMatch(name::endsWith)
        && Files.isRegularFile(file);
  }

  private static ByteBuffer content(Path file) throws IOException, UnusableCertificateException {
    if (Files.size(file) > MAX_BYTES) {
      throw new UnusableCertificateException("%s: larger than %d bytes".formatted(file, MAX_BYTES));
    }
    return ByteBuffer.wrap(Files.readAllBytes(file)).asReadOnlyBuffer();
  }

  static InputStream stream(ByteBuffer content) {
    byte[] bytes = new byte[content.remaining()];
    content.duplicate().get(bytes);
    return new ByteArrayInputStream(bytes);
  }
}
