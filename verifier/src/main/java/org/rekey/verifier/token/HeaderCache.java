package org.rekey.verifier.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Arrays;

/// Headers already read, by their exact bytes: an issuer writes the same few over and over, and
/// reading one costs as much as a good part of a signature check.
///
/// Only headers that stood on a token with a good signature are kept, so strangers cannot fill it.
final class HeaderCache {
  private final Cache<Text, Header.Hint> headers;

  HeaderCache(int size) {
    this.headers = Caffeine.newBuilder().maximumSize(size).executor(Runnable::run).build();
  }

  Header read(CompactJws jws) {
    var known = headers.getIfPresent(new Text(jws.token(), jws.headerEnd()));
    return known != null
        ? known
        : Base64Url.decode(jws.token(), 0, jws.headerEnd())
            .map(Header::parse)
            .orElseGet(() -> new Header.Unusable(Reason.MALFORMED));
  }

  void remember(CompactJws jws, Header.Hint header) {
    var text = new Text(jws.token(), jws.headerEnd());
    if (headers.getIfPresent(text) == null) {
      headers.put(text.copy(), header);
    }
  }

  /// The first bytes of an array.
  private static final class Text {
    private final byte[] bytes;
    private final int end;
    private final int hash;

    Text(byte[] bytes, int end) {
      this.bytes = bytes;
      this.end = end;
      int h = 0;
      for (int i = 0; i < end; i++) {
        h = 31 * h + bytes[i];
      }
      this.hash = h;
    }

    Text copy() {
      return new Text(Arrays.copyOf(bytes, end), end);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Text text && Arrays.equals(bytes, 0, end, text.bytes, 0, text.end);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
