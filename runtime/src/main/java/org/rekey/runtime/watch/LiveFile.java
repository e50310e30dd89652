package org.rekey.runtime.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.rekey.runtime.config.SettingsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file that is read again when it changes, and what it said when it was good the last time: that
/// stays, whatever becomes of the file.
///
/// @param <T> what it says
public final class LiveFile<T> {
  private static final Logger LOG = LoggerFactory.getLogger(LiveFile.class);
  private static final byte[] UNREADABLE = {};

  private final Optional<Path> file;
  private final Function<Path, T> reader;
  private final Predicate<T> isAsItWas;
  private volatile T good;
  private volatile List<String> refused = List.of();
  private byte[] seen;
  private Consumer<T> changed = _ -> {};

  private LiveFile(
      Optional<Path> file, Function<Path, T> reader, Predicate<T> isAsItWas, T good, byte[] seen) {
    this.file = file;
    this.reader = reader;
    this.isAsItWas = isAsItWas;
    this.good = good;
    this.seen = seen;
  }

  /// @param file absent: nothing is ever said but `without`
  /// @param reader throws [SettingsException] for what is no such file
  /// @param isAsItWas whether other files that it names say what they did when it was read
  /// @throws SettingsException when the file is bad from the start
  public static <T> LiveFile<T> open(
      Optional<Path> file, T without, Function<Path, T> reader, Predicate<T> isAsItWas) {
    byte[] seen = file.map(LiveFile::content).orElse(UNREADABLE);
    return new LiveFile<>(file, reader, isAsItWas, file.map(reader).orElse(without), seen);
  }

  public T get() {
    return good;
  }

  /// @param heard told what is said now at once, and all that is after it
  public synchronized void onChange(Consumer<T> heard) {
    changed = heard;
    heard.accept(good);
  }

  /// A line for each thing that is wrong with the file; empty when what it says counts.
  public List<String> refused() {
    return refused;
  }

  /// To be called again and again. A file that is refused is read each time: others that it names
  /// may have been mended.
  public synchronized void look() {
    if (file.isEmpty()) {
      return;
    }
    byte[] now = content(file.get());
    boolean isSame = now.length > 0 && Arrays.equals(now, seen);
    if (isSame && refused.isEmpty() && isAsItWas.test(good)) {
      return;
    }
    seen = now;
    try {
      take(file.get(), reader.apply(file.get()));
    } catch (SettingsException e) {
      refuse(file.get(), e.problems());
    }
  }

  private void take(Path from, T fresh) {
    refused = List.of();
    good = fresh;
    changed.accept(fresh);
    LOG.atInfo().addKeyValue("file", from).log("a file was changed and read again");
  }

  private void refuse(Path from, List<String> problems) {
    if (!problems.equals(refused)) {
      refused = List.copyOf(problems);
      problems.forEach(
          problem ->
              LOG.atError()
                  .addKeyValue("file", from)
                  .addKeyValue("error", problem)
                  .log("a file was changed and cannot be used: what it said before goes on"));
    }
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      return UNREADABLE;
    }
  }
}
