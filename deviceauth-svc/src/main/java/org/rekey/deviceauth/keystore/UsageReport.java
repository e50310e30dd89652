package org.rekey.deviceauth.keystore;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.rekey.deviceauth.DeviceTokens;
import org.rekey.deviceauth.DeviceTokens.KidUsage;
import org.rekey.proto.keystore.v1.KeyUsage;

/// Counts what hangs on each kid of the ring, in the words of a report to the keystore.
public final class UsageReport implements Function<Instant, List<KeyUsage>> {
  private static final String RING = "deviceauth";

  private final DeviceTokens tokens;

  public UsageReport(DeviceTokens tokens) {
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
            .setNeverExpires(usage.neverExpires());
    if (usage.lastExpiry() != null && !usage.neverExpires()) {
      proto.setLastExpiry(Timestamp.newBuilder().setSeconds(usage.lastExpiry().getEpochSecond()));
    }
    return proto.build();
  }
}
