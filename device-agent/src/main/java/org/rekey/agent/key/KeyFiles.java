package org.rekey.agent.key;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.rekey.agent.AgentFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The key in its file, and its successor beside it under another name: `.next` until a server
/// knows it, `.offered` from then on. A name is only ever given to a file that is whole and on the
/// disk.
public final class KeyFiles implements KeyPlace {
  private static final Logger LOG = LoggerFactory.getLogger(KeyFiles.class);
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  private final Path file;
  private final Path next;
  private final Path offered;
  private final String passphrase;
  private final boolean isOurs;

  private KeyFiles(Path file, String passphrase, boolean isOurs) {
    this.file = file;
    this.next = beside(file, ".next");
    this.offered = beside(file, ".offered");
    this.passphrase = passphrase;
    this.isOurs = isOurs;
  }

  /// A key that the agent makes, and may change.
  public static KeyFiles ours(Path file) {
    return new KeyFiles(file, "", true);
  }

  /// A key that somebody has configured: it is used, never made and never changed.
  public static KeyFiles configured(Path file, String passphrase) {
    return new KeyFiles(file, passphrase, false);
  }

  private static Path beside(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  @Override
  public Optional<AgentKey> current() {
    return read(file, passphrase);
  }

  @Override
  public Optional<Successor> successor() {
    if (!isOurs) {
      return Optional.empty();
    }
    return read(offered, "")
        .map(key -> new Successor(key, true))
        .or(() -> read(next, "").map(key -> new Successor(key, false)));
  }

  private static Optional<AgentKey> read(Path file, String passphrase) {
    try {
      String text = Files.readString(file, US_ASCII);
      AgentKey key = KeyPem.parse(text, passphrase);
      mendPermissions(file);
      return Optional.of(key);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new AgentFailure(
          "%s: cannot be read (expected: a private key in PEM, readable for this user; it is not replaced)"
              .formatted(file),
          e);
    } catch (UnusableKey e) {
      throw new AgentFailure(
          "%s: %s. It is not replaced: put the right key there, or remove the file, and the device gets a new key that its owner must accept"
              .formatted(file, e.getMessage()));
    }
  }

  private static void mendPermissions(Path file) throws IOException {
    if (!PRIVATE.containsAll(Files.getPosixFilePermissions(file))) {
      Files.setPosixFilePermissions(file, PRIVATE);
      LOG.atWarn()
          .addKeyValue("file", file)
          .log("others could read the device's key; they cannot any more");
    }
  }

  @Override
  public void putFirst(AgentKey key) {
    if (Files.exists(file)) {
      throw new AgentFailure(file + ": is there already (expected: no file; it is not replaced)");
    }
    write(file, key);
  }

  @Override
  public void putSuccessor(AgentKey key) {
    write(next, key);
  }

  @Override
  public void markOffered() {
    if (Files.exists(next)) {
      rename(next, offered);
    }
  }

  @Override
  public void commit() {
    if (Files.exists(offered)) {
      rename(offered, file);
    } else if (Files.exists(next)) {
      rename(next, file);
    }
  }

  @Override
  public void discardSuccessor() {
    try {
      boolean _ = Files.deleteIfExists(next);
      boolean _ = Files.deleteIfExists(offered);
      syncDirectory();
    } catch (IOException e) {
      throw cannotWrite(e);
    }
  }

  @Override
  public boolean isOurs() {
    return isOurs;
  }

  private void write(Path target, AgentKey key) {
    Path temporary = beside(file, ".tmp");
    try {
      Files.deleteIfExists(temporary);
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              Set.of(CREATE, WRITE, TRUNCATE_EXISTING),
              PosixFilePermissions.asFileAttribute(EnumSet.copyOf(PRIVATE)))) {
        ByteBuffer bytes = ByteBuffer.wrap(key.privatePem().getBytes(US_ASCII));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
    } catch (IOException e) {
      throw cannotWrite(e);
    }
    rename(temporary, target);
  }

  private void rename(Path from, Path to) {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
      syncDirectory();
    } catch (IOException e) {
      throw cannotWrite(e);
    }
  }

  /// A name that is not on the disk is gone after a power cut.
  private void syncDirectory() throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      try (FileChannel channel = FileChannel.open(directory, READ)) {
        channel.force(true);
      }
    }
  }

  private AgentFailure cannotWrite(IOException e) {
    return new AgentFailure(
        "%s: its folder cannot be written (expected: one that this user may write, with room in it)"
            .formatted(file),
        e);
  }
}
