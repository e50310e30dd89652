package org.rekey.keystore.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.pkcs11.Tokens;
import org.rekey.pkcs11.Passphrase;

/// One ring's directory, looked at again and again. A look reads only what has changed since the
/// one before. Used by one thread.
public final class KeyDirectory {
  private static final Pattern KEY_NAME =
      Pattern.compile(".*\\.(pem|key)", Pattern.CASE_INSENSITIVE);

  private final Path directory;
  private final FileNamePattern pattern;
  private final Path defaultKey;
  private final KeyFileReader reader;

  /// @param defaultKey the file of kid 0, whatever the pattern says of its name
  public KeyDirectory(
      Path directory,
      FileNamePattern pattern,
      Path defaultKey,
      Passphrase passphrase,
      Tokens tokens) {
    this.directory = directory;
    this.pattern = pattern;
    this.defaultKey = defaultKey;
    this.reader = new KeyFileReader(passphrase, tokens);
  }

  /// What one look found.
  public sealed interface Look {}

  /// @param keys files that hold a usable key; a kid may occur twice
  /// @param present the kids that have a file, usable or not
  /// @param lookAgain when something that is not settled yet will be; null when nothing is open
  /// @param identity which directory it was: a mount that comes or goes changes it
  public record Seen(
      List<KeyFile> keys,
      List<Finding> findings,
      Set<Long> present,
      @Nullable Instant lookAgain,
      String identity)
      implements Look {}

  /// The directory as a whole cannot be read: that says nothing of the files.
  public record Lost(String why) implements Look {}

  public Path path() {
    return directory;
  }

  /// The directories whose changes matter.
  public Set<Path> watched() {
    var directories = new LinkedHashSet<>(List.of(directory));
    directories.add(Objects.requireNonNull(defaultKey.getParent()));
    return directories;
  }

  public Look look(Instant now) {
    List<Path> files;
    FileStamp stamp;
    try (Stream<Path> listed = Files.list(directory)) {
      stamp = FileStamp.of(directory);
      files = listed.sorted().toList();
    } catch (NoSuchFileException e) {
      return new Lost("no such directory");
    } catch (NotDirectoryException e) {
      return new Lost("not a directory");
    } catch (AccessDeniedException e) {
      return new Lost("this process may not read it");
    } catch (IOException | java.io.UncheckedIOException e) {
      return new Lost("cannot be read: " + e.getClass().getSimpleName());
    }
    var gathered = new Gathered();
    if (stamp.isWritableByOthers() && Files.isWritable(directory)) {
      gathered.findings.add(openDirectory(stamp));
    }
    for (Path file : files) {
      if (!file.equals(defaultKey)) {
        gathered.add(file, judge(file, now));
      }
    }
    gathered.add(defaultKey, judgeDefaultKey(now));
    reader.forgetAllBut(gathered.seen);
    return new Seen(
        List.copyOf(gathered.keys),
        List.copyOf(gathered.findings),
        Set.copyOf(gathered.present),
        gathered.lookAgain,
        stamp.identity());
  }

  private KeyFileReader.Outcome judge(Path file, Instant now) {
    var name = file.getFileName().toString();
    return switch (pattern.classify(name)) {
      case FileNamePattern.Keyed(long kid) -> reader.read(kid, file, now);
      case FileNamePattern.Refused(var kid, var rule, var message) ->
          reader.onceSettled(file, now, Finding.refused(file, kid, rule, message));
      case FileNamePattern.LooksAlike() -> looksAlike(file, now);
      case FileNamePattern.Unrelated() ->
          name.contains(defaultKey.getFileName().toString())
              ? looksAlike(file, now)
              : unrelated(file, name, now);
    };
  }

  /// The most frequent mistake of all: a good key under a name that nothing looks for.
  private KeyFileReader.Outcome unrelated(Path file, String name, Instant now) {
    return KEY_NAME.matcher(name).matches()
        ? reader.strayKey(
            file,
            now,
            Finding.note(
                file,
                null,
                Rule.NAME_NOT_MATCHED,
                "holds a private key and is not used: the name does not match %s (rename it%s, or move it away)"
                    .formatted(
                        pattern,
                        pattern.nameFor(1).map(example -> ", e.g. to " + example).orElse(""))))
        : new KeyFileReader.Nothing();
  }

  /// A read-only mount (Kubernetes) has such a mode too, and nobody can write to it.
  private Finding openDirectory(FileStamp stamp) {
    return Finding.note(
        directory,
        null,
        Rule.OPEN_DIRECTORY,
        "mode %s lets everybody put keys in and take them away (chmod 700 it)"
            .formatted(stamp.permissions()));
  }

  private KeyFileReader.Outcome looksAlike(Path file, Instant now) {
    return reader.onceSettled(
        file,
        now,
        Finding.note(
            file,
            null,
            Rule.NAME_NOT_EXACT,
            "not used: the whole name must match %s, this one only contains a match (remove the file, or rename it)"
                .formatted(pattern)));
  }

  private KeyFileReader.Outcome judgeDefaultKey(Instant now) {
    var parent = defaultKey.getParent();
    if (parent != null && !parent.equals(directory) && !Files.isReadable(parent)) {
      return new KeyFileReader.Refused(
          Finding.refused(
              defaultKey,
              0L,
              Rule.DIRECTORY_LOST,
              "its directory cannot be read (mount or make it)"));
    }
    return Files.exists(defaultKey, LinkOption.NOFOLLOW_LINKS)
        ? reader.read(0, defaultKey, now)
        : new KeyFileReader.Nothing();
  }

  private static final class Gathered {
    final List<KeyFile> keys = new ArrayList<>();
    final List<Finding> findings = new ArrayList<>();
    final Set<Long> present = new HashSet<>();
    final Set<Path> seen = new HashSet<>();
    @Nullable Instant lookAgain;

    void add(Path file, KeyFileReader.Outcome outcome) {
      seen.add(file);
      switch (outcome) {
        case KeyFileReader.Accepted(KeyFile key, List<Finding> notes) -> {
          keys.add(key);
          findings.addAll(notes);
          present.add(key.kid());
        }
        case KeyFileReader.Refused(Finding finding) -> {
          findings.add(finding);
          if (finding.kid() != null && finding.rule() != Rule.LEADING_ZEROS) {
            present.add(finding.kid());
          }
        }
        case KeyFileReader.Unsettled(var kid, var until) -> {
          if (kid != null) {
            present.add(kid);
          }
          if (lookAgain == null || until.isBefore(lookAgain)) {
            lookAgain = until;
          }
        }
        case KeyFileReader.Nothing() -> seen.remove(file);
      }
    }
  }
}
