package org.rekey.artifact;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Copies what is read from an artifact, but for `manifest.sig`: a place is kept free for a new
/// one, and an old one is left out. What is checked while it is read is what is written.
final class SignedCopy extends FilterInputStream implements Watcher {
  private enum Mode {
    COPY,
    /// The next member is not known yet: it may be the old signature.
    HOLD,
    DROP
  }

  private final OutputStream copy;
  private final byte[] free;
  private final boolean replaces;
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();
  private Mode mode = Mode.COPY;
  private long written;
  private long place = -1;

  /// @param free what stands where the signature will
  /// @param replaces whether an old signature may be left out
  SignedCopy(InputStream in, OutputStream copy, byte[] free, boolean replaces) {
    super(in);
    this.copy = copy;
    this.free = free.clone();
    this.replaces = replaces;
  }

  /// Where the free place begins.
  long place() {
    return place;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int n = super.read(bytes, offset, length);
    if (n > 0) {
      switch (mode) {
        case COPY -> write(bytes, offset, n);
        case HOLD -> held.write(bytes, offset, n);
        case DROP -> {}
      }
    }
    return n;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  @Override
  public void begins(String member) throws IOException {
    if (mode != Mode.HOLD) {
      return;
    }
    if (!member.equals("manifest.sig")) {
      write(held.toByteArray(), 0, held.size());
      mode = Mode.COPY;
    } else if (replaces) {
      mode = Mode.DROP;
    } else {
      throw new SignedAlready();
    }
  }

  @Override
  public void ended(String member) throws IOException {
    switch (member) {
      case "manifest" -> {
        place = written;
        write(free, 0, free.length);
        mode = Mode.HOLD;
      }
      case "manifest.sig" -> mode = Mode.COPY;
      default -> {}
    }
  }

  private void write(byte[] bytes, int offset, int length) throws IOException {
    copy.write(bytes, offset, length);
    written += length;
  }

  /// There is a signature already.
  static final class SignedAlready extends IOException {
    private static final long serialVersionUID = 1L;
  }
}
