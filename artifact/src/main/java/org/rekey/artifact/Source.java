package org.rekey.artifact;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/// Where an artifact comes from. Remembers its own failure, so that a disk that cannot be read is
/// told from a compressed stream that cannot be unpacked: both are an [IOException] to a library.
final class Source extends FilterInputStream {
  private @Nullable IOException failure;

  Source(InputStream in) {
    super(in);
  }

  /// @throws IOException if reading from here has failed
  void requireNoFailure() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    try {
      return super.read(bytes, offset, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
