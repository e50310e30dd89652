package org.rekey.verifier.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.map.KnownKey;

/// That these exact bytes verify under this exact public key, and what they say: facts of
/// mathematics, so they may be remembered. Nothing else is: whether the key is trusted and the
/// token in time is asked anew for every request.
///
/// Only good signatures are kept, so strangers cannot fill it; keyed by the SHA-256 of the whole
/// token and the key's thumbprint, so no two facts share an entry.
final class SignatureMemory {
  /// Finding a digest among the providers costs half of what digesting a token does.
  private static final ThreadLocal<MessageDigest> SHA_256 =
      ThreadLocal.withInitial(SignatureMemory::sha256);

  private final @Nullable Cache<Fact, Payload> facts;

  /// @param size 0 turns it off
  SignatureMemory(int size) {
    this.facts =
        size == 0
            ? null
            // Its upkeep is short, and dearer to hand to another thread than to do.
            : Caffeine.newBuilder().maximumSize(size).executor(Runnable::run).build();
  }

  boolean isOn() {
    return facts != null;
  }

  /// What the token says; null if its signature is not good.
  ///
  /// @param check looks at the signature
  @Nullable Payload payload(CompactJws jws, KnownKey key, BooleanSupplier check) {
    if (facts == null) {
      return check.getAsBoolean() ? ClaimsReader.read(jws.payload()) : null;
    }
    var fact = Fact.of(jws.token(), key.thumbprint());
    var remembered = facts.getIfPresent(fact);
    if (remembered != null) {
      return remembered;
    }
    if (!check.getAsBoolean()) {
      return null;
    }
    var payload = ClaimsReader.read(jws.payload());
    facts.put(fact, payload);
    return payload;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256: missing (expected: in every JDK)", e);
    }
  }

  private record Fact(long a, long b, long c, long d, String thumbprint) {
    static Fact of(byte[] token, String thumbprint) {
      var hash = ByteBuffer.wrap(SHA_256.get().digest(token));
      return new Fact(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong(), thumbprint);
    }
  }
}
