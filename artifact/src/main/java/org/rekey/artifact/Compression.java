package org.rekey.artifact;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;

/// How a member is packed; its name says so.
enum Compression {
  NONE(""),
  GZIP(".gz"),
  XZ(".xz"),
  ZSTD(".zst");

  /// `xz -9` needs 65 MiB.
  private static final int XZ_MEMORY_KIB = 128 << 10;

  private static final int GZIP_FLAGS_AT = 3;

  private final String suffix;

  Compression(String suffix) {
    this.suffix = suffix;
  }

  /// Of `header.tar.gz`, if the stem is `header.tar`; empty for any other name.
  static Optional<Compression> of(String name, String stem) {
    return Arrays.stream(values()).filter(each -> name.equals(stem + each.suffix)).findFirst();
  }

  String suffix() {
    return suffix;
  }

  /// What is in it. Reading to the end proves that nothing comes after it.
  InputStream open(InputStream packed) throws IOException {
    return switch (this) {
      case NONE -> packed;
      case GZIP -> gzip(packed);
      case XZ ->
          XZCompressorInputStream.builder()
              .setInputStream(packed)
              .setDecompressConcatenated(true)
              .setMemoryLimitKiB(XZ_MEMORY_KIB)
              .get();
      case ZSTD -> new ZstdCompressorInputStream(packed);
    };
  }

  /// One gzip member without optional fields: those are read into memory, however long they are.
  private static InputStream gzip(InputStream packed) throws IOException {
    var buffered = new BufferedInputStream(packed, 1 << 16);
    buffered.mark(GZIP_FLAGS_AT + 1);
    var start = buffered.readNBytes(GZIP_FLAGS_AT + 1);
    buffered.reset();
    if (start.length == GZIP_FLAGS_AT + 1 && start[GZIP_FLAGS_AT] != 0) {
      throw new IOException("gzip with optional fields");
    }
    return new OneGzip(buffered);
  }

  private static final class OneGzip extends java.io.FilterInputStream {
    private final InputStream packed;

    OneGzip(InputStream packed) throws IOException {
      super(GzipCompressorInputStream.builder().setInputStream(packed).get());
      this.packed = packed;
    }

    @Override
    public int read() throws IOException {
      return ended(super.read());
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return ended(super.read(bytes, offset, length));
    }

    private int ended(int n) throws IOException {
      if (n < 0 && packed.read() >= 0) {
        throw new IOException("something comes after the end of the gzip stream");
      }
      return n;
    }
  }
}
