package org.rekey.runtime.config;

import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads settings from environment variables into a [ConfigMapping] interface: `useradm.tls.ca` is
/// `USERADM_TLS_CA`. An empty variable counts as absent. A duration is written `500ms`, `10s`,
/// `5m`, `2h` or `1d`.
public final class Settings {
  private static final int ORDINAL = 300;
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

  private Settings() {}

  /// @throws SettingsException with every missing and malformed setting at once
  public static <T> T read(Class<T> mapping, Map<String, String> environment) {
    return read(
        environment,
        builder -> builder.withMapping(mapping),
        config -> config.getConfigMapping(mapping));
  }

  /// The same under another prefix than the mapping's own: one interface for several things of a
  /// kind.
  public static <T> T read(Class<T> mapping, String prefix, Map<String, String> environment) {
    return read(
        environment,
        builder -> builder.withMapping(mapping, prefix),
        config -> config.getConfigMapping(mapping, prefix));
  }

  private static <T> T read(
      Map<String, String> environment,
      UnaryOperator<SmallRyeConfigBuilder> mapped,
      Function<SmallRyeConfig, T> mapping) {
    try {
      return mapping.apply(
          mapped
              .apply(
                  new SmallRyeConfigBuilder()
                      .withSources(new EnvConfigSource(environment, ORDINAL))
                      .withConverter(HostPort.class, ORDINAL, HostPort::of)
                      .withConverter(Duration.class, ORDINAL, Settings::duration))
              .build());
    } catch (ConfigValidationException e) {
      List<String> problems = new ArrayList<>();
      for (int i = 0; i < e.getProblemCount(); i++) {
        problems.add(inEnvironmentNames(e.getProblem(i).getMessage()));
      }
      throw new SettingsException(problems);
    }
  }

  private static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          text + " (expected: a duration such as 500ms, 10s, 5m, 2h or 1d)");
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  /// SmallRye speaks of `useradm.tls.ca`; the operator wrote, or has to write, `USERADM_TLS_CA`.
  private static String inEnvironmentNames(String message) {
    String text = message.replaceFirst("^([\\w.]+Exception: )?SRCFG\\d+: ", "");
    String[] words = text.split(" ", -1);
    for (int i = 0; i < words.length; i++) {
      if (words[i].matches("[a-z][a-z0-9-]*(\\.[a-z0-9-]+)+")) {
        words[i] = words[i].toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
      }
    }
    return String.join(" ", words);
  }
}
