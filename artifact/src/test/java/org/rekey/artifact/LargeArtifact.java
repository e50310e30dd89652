package org.rekey.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.rekey.artifact.Members.Member;

/// An unsigned artifact of any size on disk, not compressed.
final class LargeArtifact {
  private static final int MEGA = 1 << 20;

  private LargeArtifact() {}

  static void write(Path file, int megabytes) throws IOException {
    var block = new byte[MEGA];
    new Random(3).nextBytes(block);
    var digest = Sha256.digest();
    for (int i = 0; i < megabytes; i++) {
      digest.update(block);
    }
    var small = TestArtifact.standard();
    var header = Members.write(small.header);
    var manifest =
        HexFormat.of().formatHex(digest.digest())
            + "  data/0000/root.ext4\n"
            + TestArtifact.line("header.tar", header)
            + TestArtifact.line("version", small.versionText.getBytes(UTF_8));
    var size = (long) megabytes * MEGA;
    var front =
        Members.write(
            List.of(
                TestArtifact.text("version", small.versionText),
                TestArtifact.text("manifest", manifest),
                Member.file("header.tar", header)));
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), MEGA)) {
      out.write(front, 0, front.length - 2 * TarWalk.RECORD);
      // The payload's archive: a head, the file, the end marks.
      out.write(head("data/0000.tar", size + 3L * TarWalk.RECORD));
      out.write(head("root.ext4", size));
      for (int i = 0; i < megabytes; i++) {
        out.write(block);
      }
      out.write(new byte[2 * TarWalk.RECORD]);
      out.write(new byte[2 * TarWalk.RECORD]);
    }
  }

  private static byte[] head(String name, long size) {
    var entry = new TarArchiveEntry(name);
    entry.setSize(size);
    entry.setModTime(0);
    entry.setMode(0600);
    entry.setIds(0, 0);
    entry.setNames("", "");
    var bytes = new byte[TarWalk.RECORD];
    entry.writeEntryHeader(bytes);
    return bytes;
  }
}
