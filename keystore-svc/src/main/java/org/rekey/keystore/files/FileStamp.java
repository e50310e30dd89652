package org.rekey.keystore.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;

/// What changes when a file or its permissions do.
record FileStamp(
    long size, FileTime modified, FileTime changed, long inode, long device, int mode, int owner) {
  private static final int TYPE = 0170000;
  private static final int REGULAR = 0100000;
  private static final int SYMLINK = 0120000;
  private static final int DIRECTORY = 0040000;
  private static final int FIFO = 0010000;
  private static final int SOCKET = 0140000;
  private static final Path OURSELVES = Path.of("/proc/self");

  static FileStamp of(Path file, LinkOption... options) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(file, "unix:size,lastModifiedTime,ctime,ino,dev,mode,uid", options);
    return new FileStamp(
        (Long) value(attributes, "size"),
        (FileTime) value(attributes, "lastModifiedTime"),
        (FileTime) value(attributes, "ctime"),
        (Long) value(attributes, "ino"),
        (Long) value(attributes, "dev"),
        (Integer) value(attributes, "mode"),
        (Integer) value(attributes, "uid"));
  }

  boolean isRegularFile() {
    return (mode & TYPE) == REGULAR;
  }

  /// What a file is that is no regular one.
  String kind() {
    return switch (mode & TYPE) {
      case DIRECTORY -> "a directory";
      case FIFO -> "a FIFO";
      case SOCKET -> "a socket";
      case SYMLINK -> "a link";
      default -> "a device";
    };
  }

  boolean isSymbolicLink() {
    return (mode & TYPE) == SYMLINK;
  }

  boolean isOpenToOthers() {
    return (mode & 0007) != 0;
  }

  boolean isWritableByGroup() {
    return (mode & 0020) != 0;
  }

  /// Neither this process's user nor root, who can do everything anyway. False where nobody can
  /// tell.
  boolean isOwnedByAnother() {
    try {
      return owner != 0 && owner != (Integer) Files.getAttribute(OURSELVES, "unix:uid");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  boolean isWritableByOthers() {
    return (mode & 0002) != 0;
  }

  /// The permissions as `chmod` takes them.
  String permissions() {
    return "%04o".formatted(mode & 07777);
  }

  /// Which directory it is, whatever its path.
  String identity() {
    return device + ":" + inode;
  }

  private static Object value(Map<String, Object> attributes, String name) {
    return Objects.requireNonNull(attributes.get(name), name);
  }
}
