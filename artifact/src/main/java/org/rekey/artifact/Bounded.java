package org.rekey.artifact;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Lets so many bytes pass and no more.
final class Bounded extends FilterInputStream {
  private final String where;
  private final long limit;
  private long passed;

  Bounded(InputStream in, String where, long limit) {
    super(in);
    this.where = where;
    this.limit = limit;
  }

  long passed() {
    return passed;
  }

  @Override
  public int read() throws IOException {
    int one = super.read();
    count(one < 0 ? 0 : 1);
    return one;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int n = super.read(bytes, offset, length);
    count(Math.max(0, n));
    return n;
  }

  private void count(int n) throws Damage {
    passed += n;
    if (passed > limit) {
      throw new Damage(
          Rule.LIMIT,
          "%s: unpacks to more than %d bytes (expected: less; the limit can be raised)"
              .formatted(where, limit));
    }
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
