package org.rekey.bench.load;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What every load run can be told.
public final class RoundOptions {
  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "of all variants (${DEFAULT-VALUE})")
  private int rounds;

  @Option(names = "--seconds", defaultValue = "5", description = "a variant (${DEFAULT-VALUE})")
  private int seconds;

  @Option(
      names = "--warmup",
      defaultValue = "60",
      description = "seconds at most, until it gets no faster (${DEFAULT-VALUE})")
  private int warmup;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "a setting for `rekey up`; may be repeated")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--lock", description = "file to lock with flock(1) while a round runs")
  private @Nullable Path lock;

  public int rounds() {
    return rounds;
  }

  public int seconds() {
    return seconds;
  }

  public Duration warmup() {
    return Duration.ofSeconds(warmup);
  }

  public List<String> settings() {
    return settings;
  }

  public @Nullable Path lock() {
    return lock;
  }
}
