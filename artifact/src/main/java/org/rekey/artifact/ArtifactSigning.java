package org.rekey.artifact;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/// Signs an artifact: reads and checks it once, while a copy with a free place for the signature is
/// written beside its target; has the manifest signed; fills the place; and puts the copy where the
/// target is, at once. Whatever happens, the target is what it was or what it should be.
public final class ArtifactSigning {
  private static final int BUFFER = 1 << 18;
  private static final int RECORD = TarWalk.RECORD;

  private final Limits limits;
  private final LongConsumer progress;

  /// @param progress told how many bytes have been read
  public ArtifactSigning(Limits limits, LongConsumer progress) {
    this.limits = limits;
    this.progress = progress;
  }

  /// Whoever has the private key. Runs once everything has been checked.
  public interface ManifestSigner {
    /// The text of `manifest.sig`.
    String sign(Artifact artifact) throws IOException;
  }

  /// @param target may be the artifact itself
  /// @param key what the signature will be checked with
  /// @param replaces whether an old signature is replaced
  /// @throws IOException when a file cannot be read or written; the target is what it was
  public SigningOutcome sign(
      Path artifact, Path target, ArtifactKey key, boolean replaces, ManifestSigner signer)
      throws IOException {
    // Not the name that leads to it, which may be a link.
    var real = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
    var directory = Objects.requireNonNull(real.getParent(), "a file is in a directory");
    var part = Files.createTempFile(directory, "." + real.getFileName() + ".", ".part");
    try {
      var outcome = write(artifact, part, key, replaces, signer);
      if (outcome instanceof SigningOutcome.Signed) {
        likeTheOriginal(artifact, part);
        Files.move(part, real, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(directory);
      }
      return outcome;
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private SigningOutcome write(
      Path artifact, Path part, ArtifactKey key, boolean replaces, ManifestSigner signer)
      throws IOException {
    var length = key.signatureTextLength();
    try (var in = new BufferedInputStream(new Counted(artifact, progress), BUFFER);
        var file = FileChannel.open(part, StandardOpenOption.WRITE)) {
      OutputStream out = new BufferedOutputStream(Channels.newOutputStream(file), BUFFER);
      var copy = new SignedCopy(in, out, entry(new byte[length]), replaces);
      Inspection inspection;
      try {
        inspection = new ArtifactReader(limits, copy).inspect(copy);
      } catch (SignedCopy.SignedAlready e) {
        return new SigningOutcome.SignedAlready();
      }
      if (!(inspection instanceof Inspection.Sound(Artifact sound))) {
        var damaged = (Inspection.Damaged) inspection;
        return new SigningOutcome.Damaged(damaged.rule(), damaged.message());
      }
      out.flush();
      var signature = signer.sign(sound);
      var problem = key.problem(sound.manifest(), signature);
      if (problem.isPresent() || signature.length() != length) {
        return new SigningOutcome.WrongSignature(problem.orElse("it is not on one line"));
      }
      var entry = ByteBuffer.wrap(entry(signature.getBytes(US_ASCII)));
      for (var at = copy.place(); entry.hasRemaining(); ) {
        at += file.write(entry, at);
      }
      file.force(true);
      return new SigningOutcome.Signed(sound.signedBy(signature));
    }
  }

  /// The tar member, head and content, as `mender-artifact` writes it: no owner, no time.
  private static byte[] entry(byte[] content) {
    var records = 1 + (content.length + RECORD - 1) / RECORD;
    var bytes = new byte[records * RECORD];
    var entry = new TarArchiveEntry("manifest.sig");
    entry.setSize(content.length);
    entry.setMode(0644);
    entry.setIds(0, 0);
    entry.setNames("", "");
    entry.setModTime(0);
    entry.writeEntryHeader(bytes);
    System.arraycopy(content, 0, bytes, RECORD, content.length);
    return bytes;
  }

  /// Whoever could read the artifact still can.
  private static void likeTheOriginal(Path artifact, Path part) throws IOException {
    var before = Files.getFileAttributeView(artifact, PosixFileAttributeView.class);
    var after = Files.getFileAttributeView(part, PosixFileAttributeView.class);
    if (before == null || after == null) {
      return;
    }
    var attributes = before.readAttributes();
    try {
      after.setOwner(attributes.owner());
      after.setGroup(attributes.group());
    } catch (FileSystemException e) {
      // Not ours to give away: the file belongs to whoever signs.
    }
    after.setPermissions(attributes.permissions());
  }

  private static void force(Path directory) throws IOException {
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /// Says how much of a file has been read.
  private static final class Counted extends FilterInputStream {
    private final LongConsumer progress;
    private long read;

    Counted(Path file, LongConsumer progress) throws IOException {
      super(Files.newInputStream(file));
      this.progress = progress;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int n = super.read(bytes, offset, length);
      read += Math.max(0, n);
      progress.accept(read);
      return n;
    }
  }
}
