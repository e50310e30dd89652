package org.rekey.keystore.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.key.PemKeys;
import org.rekey.keystore.pkcs11.Tokens;
import org.rekey.pkcs11.Passphrase;

/// Judges single files. A file is believed once it has settled: its last change is a moment ago, or
/// it looked the same a moment ago. What was read is remembered until the file changes.
final class KeyFileReader {
  static final Duration SETTLE = Duration.ofMillis(150);

  /// How long the rest of a file may take to arrive.
  static final Duration GRACE = Duration.ofSeconds(3);

  /// How often a token is asked again for a key that it did not give.
  private static final Duration TOKEN_RETRY = Duration.ofSeconds(10);

  private static final int MAX_SIZE = 64 * 1024;
  private static final String PRIVATE_KEY = "PRIVATE KEY-----";

  private final Passphrase passphrase;
  private final Tokens tokens;
  private final Map<Path, Sighting> sightings = new HashMap<>();
  private final Map<Path, Read> reads = new HashMap<>();
  private final Map<Path, Stray> strays = new HashMap<>();

  KeyFileReader(Passphrase passphrase, Tokens tokens) {
    this.passphrase = passphrase;
    this.tokens = tokens;
  }

  sealed interface Outcome {}

  /// @param notes what is not as it should be although the key is used
  record Accepted(KeyFile key, List<Finding> notes) implements Outcome {}

  record Refused(Finding finding) implements Outcome {}

  /// @param kid whose file it seems to be
  /// @param until when to look again
  record Unsettled(@Nullable Long kid, Instant until) implements Outcome {}

  /// Not there, or none of ours.
  record Nothing() implements Outcome {}

  Outcome read(long kid, Path file, Instant now) {
    try {
      var link = FileStamp.of(file, LinkOption.NOFOLLOW_LINKS);
      if (link.isSymbolicLink()) {
        var flaw = linkFlaw(kid, file);
        if (flaw != null) {
          return new Refused(flaw);
        }
      }
      return read(kid, file, link.isSymbolicLink() ? FileStamp.of(file) : link, now);
    } catch (NoSuchFileException e) {
      return new Nothing();
    } catch (IOException e) {
      return refused(
          file,
          kid,
          Rule.UNREADABLE,
          "cannot be read (make it readable for the user of this service)");
    }
  }

  /// A finding that waits until the file has settled, so that a temporary name of a copying tool
  /// makes no noise.
  Outcome onceSettled(Path file, Instant now, Finding finding) {
    try {
      var unsettled = settlesAt(file, FileStamp.of(file, LinkOption.NOFOLLOW_LINKS), now);
      return unsettled == null ? new Refused(finding) : new Unsettled(null, unsettled);
    } catch (IOException e) {
      return new Nothing();
    }
  }

  void forgetAllBut(Set<Path> files) {
    sightings.keySet().retainAll(files);
    reads.keySet().retainAll(files);
    strays.keySet().retainAll(files);
  }

  private Outcome read(long kid, Path file, FileStamp stamp, Instant now) throws IOException {
    if (!stamp.isRegularFile()) {
      return refused(
          file, kid, Rule.NOT_A_FILE, stamp.kind() + " (expected: a regular file; remove it)");
    }
    var unsettled = settlesAt(file, stamp, now);
    if (unsettled != null) {
      return new Unsettled(kid, unsettled);
    }
    if (stamp.size() > MAX_SIZE) {
      return refused(
          file,
          kid,
          Rule.TOO_LARGE,
          "%d bytes (expected: at most %d; keep nothing but the key in it)"
              .formatted(stamp.size(), MAX_SIZE));
    }
    if (stamp.isOpenToOthers() || stamp.isWritableByGroup()) {
      return refused(
          file,
          kid,
          Rule.PERMISSIONS,
          "mode %s lets others in (expected: 0600, or 0640 for a group that may read; chmod 600 it)"
              .formatted(stamp.permissions()));
    }
    return judge(kid, file, parsed(file, stamp, now), stamp, now);
  }

  private Outcome judge(long kid, Path file, PemKeys.Parsed parsed, FileStamp stamp, Instant now) {
    return switch (parsed) {
      case PemKeys.Usable(var key, var remark) ->
          new Accepted(new KeyFile(kid, file, key), notes(kid, file, stamp, remark));
      case PemKeys.Incomplete() -> {
        var patience = changed(file, stamp, now).plus(GRACE);
        yield now.isBefore(patience)
            ? new Unsettled(kid, patience)
            : stamp.size() == 0
                ? refused(
                    file,
                    kid,
                    Rule.EMPTY_FILE,
                    "empty (write it again, or remove it to retire the key)")
                : refused(
                    file,
                    kid,
                    Rule.HALF_WRITTEN,
                    "half-written: its END line is missing (write it again)");
      }
      case PemKeys.Unusable(var flaw, var why) -> refused(file, kid, rule(flaw), why);
    };
  }

  private static List<Finding> notes(
      long kid, Path file, FileStamp stamp, PemKeys.@Nullable Unusable remark) {
    var notes = new ArrayList<Finding>();
    if (remark != null) {
      notes.add(Finding.note(file, kid, rule(remark.flaw()), remark.why()));
    }
    if (stamp.isOwnedByAnother()) {
      notes.add(
          Finding.note(
              file,
              kid,
              Rule.OTHER_OWNER,
              "belongs to user %d, who can put another key into it (chown it to the user of this service)"
                  .formatted(stamp.owner())));
    }
    return List.copyOf(notes);
  }

  private PemKeys.Parsed parsed(Path file, FileStamp stamp, Instant now) throws IOException {
    var read = reads.get(file);
    var version = passphrase.version();
    if (read == null || !read.stamp().equals(stamp) || mayHaveChanged(read, version, now)) {
      var contents = contents(file);
      read =
          new Read(
              stamp,
              version,
              now,
              Tokens.isUri(contents) ? tokens.open(contents) : PemKeys.parse(contents, passphrase));
      reads.put(file, read);
    }
    return read.parsed();
  }

  /// What could not be used may be of use with another passphrase, or when a token is back.
  private static boolean mayHaveChanged(Read read, Object passphrase, Instant now) {
    return read.parsed() instanceof PemKeys.Unusable(var flaw, _)
        && switch (flaw) {
          case TOKEN_UNAVAILABLE, TOKEN_PIN, TOKEN_KEY ->
              !now.isBefore(read.at().plus(TOKEN_RETRY));
          case ENCRYPTED, WRONG_PASSPHRASE, PASSPHRASE_FILE ->
              !read.passphrase().equals(passphrase);
          case NOT_PEM,
              OTHER_FORMAT,
              TEXT_ENCODING,
              WRONG_LABEL,
              PUBLIC_KEY,
              CERTIFICATE,
              OLD_ENCRYPTION,
              COSTLY_ENCRYPTION,
              UNSUPPORTED_TYPE,
              WEAK_KEY,
              PUBLISHED_KEY,
              SEVERAL_KEYS,
              DAMAGED,
              TOKEN_URI,
              TOKEN_MODULE ->
              false;
        };
  }

  /// No more than is looked at, however much the file has grown meanwhile.
  private static byte[] contents(Path file) throws IOException {
    try (var stream = Files.newInputStream(file)) {
      return stream.readNBytes(MAX_SIZE);
    }
  }

  /// A note about a file whose name says nothing, if it holds a private key.
  Outcome strayKey(Path file, Instant now, Finding finding) {
    try {
      var stamp = FileStamp.of(file, LinkOption.NOFOLLOW_LINKS);
      if (!stamp.isRegularFile() || stamp.size() > MAX_SIZE) {
        return new Nothing();
      }
      var unsettled = settlesAt(file, stamp, now);
      if (unsettled != null) {
        return new Unsettled(null, unsettled);
      }
      var stray = strays.get(file);
      if (stray == null || !stray.stamp().equals(stamp)) {
        stray = new Stray(stamp, new String(contents(file), ISO_8859_1).contains(PRIVATE_KEY));
        strays.put(file, stray);
      }
      return stray.holdsKey() ? new Refused(finding) : new Nothing();
    } catch (IOException e) {
      return new Nothing();
    }
  }

  private static @Nullable Finding linkFlaw(long kid, Path file) throws IOException {
    Path target;
    try {
      target = file.toRealPath();
    } catch (IOException e) {
      return Finding.refused(
          file,
          kid,
          Rule.DANGLING_LINK,
          "a link to nothing, or in a circle (remove it, to retire the key)");
    }
    var directory = Objects.requireNonNull(file.getParent()).toRealPath();
    return target.startsWith(directory)
        ? null
        : Finding.refused(
            file,
            kid,
            Rule.LINK_OUTSIDE,
            "a link out of the directory, to %s (put the file itself here)".formatted(target));
  }

  /// When the file will have settled; null when it has.
  private @Nullable Instant settlesAt(Path file, FileStamp stamp, Instant now) {
    var sighting = sighting(file, stamp, now);
    var modified = stamp.modified().toInstant();
    var quietSince =
        modified.isAfter(now) || modified.isAfter(sighting.first()) ? sighting.first() : modified;
    var settled = quietSince.plus(SETTLE);
    return now.isBefore(settled) ? settled : null;
  }

  private Instant changed(Path file, FileStamp stamp, Instant now) {
    var modified = stamp.modified().toInstant();
    return modified.isAfter(now) ? sighting(file, stamp, now).first() : modified;
  }

  private Sighting sighting(Path file, FileStamp stamp, Instant now) {
    var sighting = sightings.get(file);
    if (sighting == null
        || sighting.size() != stamp.size()
        || !sighting.modified().equals(stamp.modified())) {
      sighting = new Sighting(stamp.size(), stamp.modified(), now);
      sightings.put(file, sighting);
    }
    return sighting;
  }

  private static Outcome refused(Path file, long kid, Rule rule, String message) {
    return new Refused(Finding.refused(file, kid, rule, message));
  }

  private static Rule rule(PemKeys.Flaw flaw) {
    return switch (flaw) {
      case NOT_PEM -> Rule.NOT_PEM;
      case OTHER_FORMAT -> Rule.OTHER_FORMAT;
      case TEXT_ENCODING -> Rule.TEXT_ENCODING;
      case WRONG_LABEL -> Rule.WRONG_LABEL;
      case PUBLIC_KEY -> Rule.PUBLIC_KEY;
      case CERTIFICATE -> Rule.CERTIFICATE;
      case ENCRYPTED -> Rule.ENCRYPTED;
      case WRONG_PASSPHRASE -> Rule.WRONG_PASSPHRASE;
      case PASSPHRASE_FILE -> Rule.PASSPHRASE_FILE;
      case OLD_ENCRYPTION -> Rule.OLD_ENCRYPTION;
      case COSTLY_ENCRYPTION -> Rule.COSTLY_ENCRYPTION;
      case UNSUPPORTED_TYPE -> Rule.UNSUPPORTED_TYPE;
      case WEAK_KEY -> Rule.WEAK_KEY;
      case PUBLISHED_KEY -> Rule.PUBLISHED_KEY;
      case SEVERAL_KEYS -> Rule.SEVERAL_KEYS;
      case DAMAGED -> Rule.DAMAGED;
      case TOKEN_URI -> Rule.TOKEN_URI;
      case TOKEN_MODULE -> Rule.TOKEN_MODULE;
      case TOKEN_UNAVAILABLE -> Rule.TOKEN_UNAVAILABLE;
      case TOKEN_PIN -> Rule.TOKEN_PIN;
      case TOKEN_KEY -> Rule.TOKEN_KEY;
    };
  }

  /// @param first when the file was first seen with this size and time
  private record Sighting(long size, FileTime modified, Instant first) {}

  /// @param passphrase which one it was read with
  private record Read(FileStamp stamp, Object passphrase, Instant at, PemKeys.Parsed parsed) {}

  private record Stray(FileStamp stamp, boolean holdsKey) {}
}
