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
    long size, FileTime modified, FileTime changed, long inode, long device, int mode) {
  private static final int TYPE = 0170000;
  private static final int REGULAR = 0100000;
  private static final int SYMLINK = 0120000;

  static FileStamp of(Path file, LinkOption... options) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(file, "unix:size,lastModifiedTime,ctime,ino,dev,mode", options);
    return new FileStamp(
        (Long) value(attributes, "size"),
        (FileTime) value(attributes, "lastModifiedTime"),
        (FileTime) value(attributes, "ctime"),
        (Long) value(attributes, "ino"),
        (Long) value(attributes, "dev"),
        (Integer) value(attributes, "mode"));
  }

  boolean isRegularFile() {
    return (mode & TYPE) == REGULAR;
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
