package org.rekey.verifier.token;

import org.jspecify.annotations.Nullable;
import org.rekey.verifier.map.KnownKey;

/// A token that has been read. What its bytes say does not change, so whoever is asked about it
/// again need not read it again; whether it is good is another question each time.
public final class ReadToken {
  private final byte[] token;
  private final Header header;
  private volatile @Nullable CompactJws jws;
  private volatile @Nullable Signed signed;

  private record Signed(String thumbprint, Payload payload) {}

  private ReadToken(byte[] token, Header header, @Nullable CompactJws jws) {
    this.token = token;
    this.header = header;
    this.jws = jws;
  }

  static ReadToken of(CompactJws jws, Header header) {
    return new ReadToken(jws.token(), header, jws);
  }

  static ReadToken malformed() {
    return new ReadToken(new byte[0], new Header.Unusable(Reason.MALFORMED), null);
  }

  Header header() {
    return header;
  }

  /// Of one whose header can be used.
  CompactJws jws() {
    CompactJws parsed = jws;
    return parsed == null ? CompactJws.parse(token).orElseThrow() : parsed;
  }

  /// What it says, if it was [#signed] by this key.
  @Nullable Payload payload(KnownKey key) {
    Signed known = signed;
    return known != null && known.thumbprint().equals(key.thumbprint()) ? known.payload() : null;
  }

  /// Its signature is good: like [SignatureMemory], a fact about these bytes and this public key.
  /// The parts of the token make up half of it, and are hardly asked for again.
  void signed(KnownKey key, Payload payload) {
    signed = new Signed(key.thumbprint(), payload);
    jws = null;
  }
}
