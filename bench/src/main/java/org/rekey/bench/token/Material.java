package org.rekey.bench.token;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.rekey.bench.load.MintedToken;
import org.rekey.proto.keystore.v1.KeyActivated;
import org.rekey.proto.keystore.v1.KeyAdded;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.CryptoProvider;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.Purpose;

/// A new key, the kid map that holds it and tokens that it has signed: what useradm-svc issues,
/// byte for byte but for the values.
///
/// @param publicKey in the form that the crypto provider in use checks fastest with
record Material(Alg alg, PublicKey publicKey, KidMap map, List<byte[]> tokens) {
  static final String RING = "useradm";
  static final long KID = 5539;

  static Material of(KeyKind kind, int tokens, Instant now) {
    CryptoProvider crypto = CryptoProvider.preferred();
    KeyPair pair = kind.generate();
    PrivateKey signing = crypto.adopt(pair.getPrivate());
    return new Material(
        kind.alg(),
        crypto.adopt(pair.getPublic()),
        map(kind.alg(), pair.getPublic(), now),
        Stream.generate(() -> token(kind.alg(), signing, now)).limit(tokens).toList());
  }

  /// What the benchmark's crypto provider has to be, by the beginning of its name; a run under a
  /// wrong label is worse than none.
  static void requireProvider(String name) {
    String found = CryptoProvider.preferred().name();
    if (!found.startsWith(name)) {
      throw new IllegalStateException("crypto provider: %s (expected: %s)".formatted(found, name));
    }
  }

  private static byte[] token(Alg alg, PrivateKey key, Instant now) {
    return MintedToken.ofUser(alg, key, KID, UUID.randomUUID().toString(), now).jws().toByteArray();
  }

  private static KidMap map(Alg alg, PublicKey key, Instant now) {
    KeyAdded added =
        KeyAdded.newBuilder()
            .setAlg(alg.jwsName())
            .setPublicKey(ByteString.copyFrom(key.getEncoded()))
            .setThumbprint(Thumbprint.of(key))
            .setIssuer(MintedToken.USER_ISSUER)
            .setPurpose(Purpose.USER.toProto())
            .build();
    return KidMap.empty()
        .apply(event(1, now).setKeyAdded(added).build())
        .map()
        .apply(event(2, now).setKeyActivated(KeyActivated.getDefaultInstance()).build())
        .map();
  }

  private static KeyEvent.Builder event(long epoch, Instant now) {
    return KeyEvent.newBuilder()
        .setEpoch(epoch)
        .setAt(Timestamp.newBuilder().setSeconds(now.getEpochSecond()))
        .setActor("bench")
        .setRing(RING)
        .setKid(KID);
  }
}
