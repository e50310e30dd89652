package org.rekey.runtime.config;

import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads settings from environment variables into a [ConfigMapping] interface: `useradm.tls.ca` is
// `USERADM_TLS_CA`.
/// An empty variable counts as absent.
public final class Settings {
  private static final int ORDINAL = 300;

  private Settings() {}

  /// @throws SettingsException with every missing, malformed and unknown setting at once
  public static <T> T read(Class<T> mapping, Map<String, String> environment) {
    try {
      return new SmallRyeConfigBuilder()
          .withSources(new EnvConfigSource(environment, ORDINAL))
          .withConverter(HostPort.class, ORDINAL, HostPort::of)
          .withMapping(mapping)
          .build()
          .getConfigMapping(mapping);
    } catch (ConfigValidationException e) {
      List<String> problems = new ArrayList<>();
      for (int i = 0; i < e.getProblemCount(); i++) {
        problems.add(inEnvironmentNames(e.getProblem(i).getMessage()));
      }
      throw new SettingsException(problems);
    }
  }

  /// SmallRye speaks of `useradm.tls.ca`; the operator wrote, or has to write, `USERADM_TLS_CA`.
  private static String inEnvironmentNames(String message) {
    String text = message.replaceFirst("^SRCFG\\d+: ", "");
    String[] words = text.split(" ", -1);
    for (int i = 0; i < words.length; i++) {
      if (words[i].matches("[a-z][a-z0-9-]*(\\.[a-z0-9-]+)+")) {
        words[i] = words[i].toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
      }
    }
    return String.join(" ", words);
  }
}
