package org.rekey.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.rekey.bench.load.Metrics.Metric;

class MetricsTest {
  private final Metrics metrics =
      Metrics.parse(
          """
          # HELP rekey_registry_query_seconds Time of one query
          # TYPE rekey_registry_query_seconds summary
          rekey_registry_query_seconds_count 12
          rekey_registry_query_seconds_sum 1.5E-4
          rekey_password_hash_seconds_count{kind="a b",other="c"} 2.0
          rekey_password_hash_seconds_count{kind="d"} 3.0
          """
              .lines());

  @Test
  void readsWhatTheServiceSays() {
    assertThat(metrics.of(Metric.REGISTRY_QUERIES)).isEqualTo(12);
  }

  @Test
  void addsUpOverLabels() {
    assertThat(metrics.of(Metric.PASSWORD_HASHES)).isEqualTo(5);
  }

  @Test
  void takesForNothingWhatWasNeverCounted() {
    assertThat(metrics.of(Metric.USAGE_COUNTS)).isZero();
  }
}
