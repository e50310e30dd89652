package org.rekey.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/// Tar archives in memory, as somebody else's library reads and writes them.
final class Members {
  private static final int LONGEST_NAME = 100;

  private Members() {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Member(String name, byte type, byte[] content) {
    static Member file(String name, byte[] content) {
      return new Member(name, TarArchiveEntry.LF_NORMAL, content);
    }
  }

  static List<Member> read(byte[] tar) {
    List<Member> members = new ArrayList<>();
    try (var in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
      for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        members.add(new Member(entry.getName(), entry.getLinkFlag(), in.readAllBytes()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return members;
  }

  /// Written head by head: names that lead out of their place, links and stranger things are what
  /// is wanted here, and no library writes them.
  static byte[] write(List<Member> members) {
    var bytes = new ByteArrayOutputStream();
    for (Member each : members) {
      if (each.name().getBytes(UTF_8).length > LONGEST_NAME) {
        var record = " path=" + each.name() + "\n";
        var length = record.length() + String.valueOf(record.length() + 3).length();
        one(bytes, "PaxHeaders.0/name", (byte) 'x', (length + record).getBytes(UTF_8));
        one(bytes, each.name().substring(0, LONGEST_NAME), each.type(), each.content());
      } else {
        one(bytes, each.name(), each.type(), each.content());
      }
    }
    bytes.writeBytes(new byte[2 * TarWalk.RECORD]);
    return bytes.toByteArray();
  }

  private static void one(ByteArrayOutputStream bytes, String name, byte type, byte[] content) {
    var entry = new TarArchiveEntry(name, type, true);
    entry.setModTime(0);
    entry.setIds(0, 0);
    entry.setNames("", "");
    entry.setMode(0600);
    if (type == TarConstants.LF_SYMLINK) {
      entry.setLinkName("/etc/passwd");
    }
    entry.setSize(content.length);
    var head = new byte[TarWalk.RECORD];
    entry.writeEntryHeader(head);
    bytes.writeBytes(head);
    bytes.writeBytes(content);
    bytes.writeBytes(new byte[(TarWalk.RECORD - content.length % TarWalk.RECORD) % TarWalk.RECORD]);
  }
}
