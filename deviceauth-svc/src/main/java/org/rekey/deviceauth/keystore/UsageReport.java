package org.rekey.deviceauth.keystore;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.rekey.deviceauth.TokenStore;
import org.rekey.deviceauth.TokenStore.KidUsage;
import org.rekey.deviceauth.TokenStore.Owner;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.KeyUsageOwner;

/// Counts what hangs on each kid of the ring, in the words of a report to the keystore. A device is
/// called by its identity.
public final class UsageReport implements Function<Instant, List<KeyUsage>> {
  private static final String RING = "deviceauth";
  private static final int MAX_NAME_BYTES = 256;
  private static final int MAX_BYTES_OF_A_CHARACTER = 4;

  private final TokenStore tokens;

  public UsageReport(TokenStore tokens) {
    this.tokens = tokens;
  }

  @Override
  public List<KeyUsage> apply(Instant now) {
    return tokens.usage(now).stream().map(UsageReport::toProto).toList();
  }

  private static KeyUsage toProto(KidUsage usage) {
    KeyUsage.Builder proto =
        KeyUsage.newBuilder()
            .setRing(RING)
            .setKid(usage.kid())
            .setDeviceTokens(usage.tokens())
            .setNeverExpires(usage.neverExpires())
            .setOwners(usage.owners());
    for (Owner owner : usage.topOwners()) {
      proto.addTopOwners(
          KeyUsageOwner.newBuilder()
              .setId(owner.deviceId())
              .setName(shortened(owner.identityData()))
              .setTokens(owner.tokens()));
    }
    if (usage.lastExpiry() != null && !usage.neverExpires()) {
      proto.setLastExpiry(Timestamp.newBuilder().setSeconds(usage.lastExpiry().getEpochSecond()));
    }
    return proto.build();
  }

  static String shortened(String name) {
    if (name.getBytes(UTF_8).length <= MAX_NAME_BYTES) {
      return name;
    }
    int characters = MAX_NAME_BYTES / MAX_BYTES_OF_A_CHARACTER - 1;
    return name.substring(0, name.offsetByCodePoints(0, characters)) + "…";
  }
}
