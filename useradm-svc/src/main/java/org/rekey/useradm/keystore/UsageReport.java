package org.rekey.useradm.keystore;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.KeyUsageOwner;
import org.rekey.useradm.TokenStore;
import org.rekey.useradm.TokenStore.KidUsage;
import org.rekey.useradm.TokenStore.Owner;

/// Counts what hangs on each kid of the ring, in the words of a report to the keystore.
///
/// Counting a million tokens takes the database the better part of a second, so it is counted again
/// only when twenty times as long has passed: the figures cost a twentieth of one core at most, and
/// of a registry of ordinary size they are always fresh.
public final class UsageReport implements Function<Instant, List<KeyUsage>> {
  private static final String RING = "useradm";
  private static final int COST_SHARE = 20;

  private final Function<Instant, List<KidUsage>> count;
  private final LongSupplier nanoTime;
  private List<KeyUsage> last = List.of();
  private boolean counted;
  private long countAgainAt;

  public UsageReport(TokenStore tokens) {
    this(tokens::usage, System::nanoTime);
  }

  /// @param nanoTime as [System#nanoTime]
  UsageReport(Function<Instant, List<KidUsage>> count, LongSupplier nanoTime) {
    this.count = count;
    this.nanoTime = nanoTime;
  }

  @Override
  public synchronized List<KeyUsage> apply(Instant now) {
    long start = nanoTime.getAsLong();
    if (!counted || start - countAgainAt >= 0) {
      last = count.apply(now).stream().map(UsageReport::toProto).toList();
      long end = nanoTime.getAsLong();
      countAgainAt = end + COST_SHARE * (end - start);
      counted = true;
    }
    return last;
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
