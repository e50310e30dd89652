package org.rekey.verifier.token;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.map.KnownKey;

/// A token that has been read. What its bytes say does not change, so whoever is asked about it
/// again need not read it again; whether it is good is another question each time.
public final class ReadToken {
  private final Header header;
  private final @Nullable CompactJws jws;
  private volatile @Nullable Signed signed;

  private record Signed(String thumbprint, Payload payload) {}

  private ReadToken(Header header, @Nullable CompactJws jws) {
    this.header = header;
    this.jws = jws;
  }

  static ReadToken of(CompactJws jws, Header header) {
    return new ReadToken(header, jws);
  }

  static ReadToken malformed() {
    return new ReadToken(new Header.Unusable(Reason.MALFORMED), null);
  }

  Header header() {
    return header;
  }

  /// Of one whose header can be used.
  CompactJws jws() {
    return Objects.requireNonNull(jws);
  }

  /// What it says, if it was [#signed] by this key.
  @Nullable Payload payload(KnownKey key) {
    Signed known = signed;
    return known != null && known.thumbprint().equals(key.thumbprint()) ? known.payload() : null;
  }

  /// Its signature is good: like [SignatureMemory], a fact about these bytes and this public key.
  void signed(KnownKey key, Payload payload) {
    signed = new Signed(key.thumbprint(), payload);
  }
}
