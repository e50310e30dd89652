package org.rekey.useradm.keystore;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.useradm.TokenStore;
import org.rekey.useradm.TokenStore.KidUsage;

/// Counts what hangs on each kid of the ring, in the words of a report to the keystore.
public final class UsageReport implements Function<Instant, List<KeyUsage>> {
  private static final String RING = "useradm";

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
            .setSessions(usage.sessions())
            .setPersonalAccessTokens(usage.personalAccessTokens())
            .setNeverExpires(usage.neverExpires());
    if (usage.lastExpiry() != null && !usage.neverExpires()) {
      proto.setLastExpiry(Timestamp.newBuilder().setSeconds(usage.lastExpiry().getEpochSecond()));
    }
    return proto.build();
  }
}
