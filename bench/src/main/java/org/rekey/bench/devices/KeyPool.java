package org.rekey.bench.devices;

import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.rekey.verifier.key.CryptoProvider;

/// Some keys of each kind, which devices share: the services find a key by its device, so none of
/// them can tell, and a million RSA keys would take a day.
final class KeyPool {
  private final KeyMix mix;
  private final Map<KeyType, List<Key>> keys = new EnumMap<>(KeyType.class);

  /// @param x509 SubjectPublicKeyInfo, DER
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Key(KeyType type, PrivateKey privateKey, byte[] x509, String pem) {
    byte[] sign(byte[] message) {
      return type.sign(privateKey, message);
    }

    @Override
    public String toString() {
      return "Key[" + type + "]";
    }
  }

  /// @param ofEachKind how many keys
  KeyPool(KeyMix mix, int ofEachKind) {
    this.mix = mix;
    mix.turn().stream()
        .distinct()
        .forEach(
            type ->
                keys.put(
                    type,
                    IntStream.range(0, ofEachKind).parallel().mapToObj(_ -> make(type)).toList()));
  }

  private static Key make(KeyType type) {
    KeyPair pair = type.generate();
    byte[] x509 = pair.getPublic().getEncoded();
    return new Key(type, CryptoProvider.preferred().adopt(pair.getPrivate()), x509, pem(x509));
  }

  private static String pem(byte[] x509) {
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
        .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(x509));
  }

  Key of(long device) {
    List<Key> ofKind = keys.getOrDefault(mix.of(device), List.of());
    return ofKind.get((int) (mix.turnOf(device) % ofKind.size()));
  }
}
