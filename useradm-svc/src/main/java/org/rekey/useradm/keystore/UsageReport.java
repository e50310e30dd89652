package org.rekey.useradm.keystore;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.KeyUsageOwner;
import org.rekey.useradm.TokenStore;
import org.rekey.useradm.TokenStore.KidUsage;
import org.rekey.useradm.TokenStore.Owner;

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
            .setSessions(usage.sessions())
            .setPersonalAccessTokens(usage.personalAccessTokens())
            .setNeverExpires(usage.neverExpires())
            .setOwners(usage.owners());
    if (usage.kid() == null) {
      proto.setAnyKid(true);
    } else {
      proto.setKid(usage.kid());
    }
    for (Owner owner : usage.topOwners()) {
      proto.addTopOwners(
          KeyUsageOwner.newBuilder()
              .setId(owner.userId())
              .setName(owner.email())
              .setTokens(owner.tokens()));
    }
    if (usage.lastExpiry() != null && !usage.neverExpires()) {
      proto.setLastExpiry(Timestamp.newBuilder().setSeconds(usage.lastExpiry().getEpochSecond()));
    }
    return proto.build();
  }
}
