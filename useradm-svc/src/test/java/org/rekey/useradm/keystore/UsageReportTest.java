package org.rekey.useradm.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.KeyUsageOwner;
import org.rekey.useradm.TokenStore.KidUsage;
import org.rekey.useradm.TokenStore.Owner;

class UsageReportTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  private long nanos = 5;
  private int counted;
  private boolean away;
  private Duration cost = Duration.ZERO;
  private List<KidUsage> usage = List.of();
  private final UsageReport report = new UsageReport(_ -> count(), () -> nanos);

  private List<KidUsage> count() {
    if (away) {
      throw new IllegalStateException("away");
    }
    counted++;
    nanos += cost.toNanos();
    return usage;
  }

  @Test
  void tellsWhoHangsOnAKeyAndUntilWhen() {
    usage =
        List.of(
            new KidUsage(
                5539L, 3, 1, 2, List.of(new Owner("ann", "ann@example.com", 3)), NOW, false),
            new KidUsage(null, 1, 0, 1, List.of(), NOW, true));
    assertThat(report.apply(NOW))
        .containsExactly(
            KeyUsage.newBuilder()
                .setRing("useradm")
                .setKid(5539)
                .setSessions(3)
                .setPersonalAccessTokens(1)
                .setOwners(2)
                .addTopOwners(
                    KeyUsageOwner.newBuilder().setId("ann").setName("ann@example.com").setTokens(3))
                .setLastExpiry(Timestamp.newBuilder().setSeconds(NOW.getEpochSecond()))
                .build(),
            KeyUsage.newBuilder()
                .setRing("useradm")
                .setAnyKid(true)
                .setSessions(1)
                .setOwners(1)
                .setNeverExpires(true)
                .build());
  }

  @Test
  void costsTheDatabaseNoMoreThanATwentiethOfItsTime() {
    cost = Duration.ofSeconds(1);
    var _ = report.apply(NOW);
    nanos += Duration.ofSeconds(20).toNanos() - 1;
    var _ = report.apply(NOW);
    assertThat(counted).isEqualTo(1);
    nanos++;
    var _ = report.apply(NOW);
    assertThat(counted).isEqualTo(2);
  }

  @Test
  void countsAgainAtOnceWhatCouldNotBeCounted() {
    away = true;
    assertThatThrownBy(() -> report.apply(NOW)).hasMessage("away");
    away = false;
    var _ = report.apply(NOW);
    assertThat(counted).isEqualTo(1);
  }
}
