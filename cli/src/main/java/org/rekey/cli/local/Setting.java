package org.rekey.cli.local;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// A setting that the operator passes on: `--set NAME=VALUE`. Its name says which services it is
/// for.
public record Setting(String name, String value) {
  private static final Pattern RING =
      Pattern.compile(
          "(USERADM|DEVICEAUTH)_(SERVER_.+|ROTATE_.+|RETIRE_WHEN_SAFE)|DEVICEAUTH_JWT_ISSUER|ARTIFACT_.+");
  /// Written into tokens by the one and allowed by the other.
  private static final String USER_ISSUER = "USERADM_JWT_ISSUER";
  private static final Map<String, String> PREFIXES = prefixes();

  /// @throws IllegalArgumentException with a line for the operator
  public static Setting parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException(text + " (expected: NAME=VALUE)");
    }
    var setting = new Setting(text.substring(0, equals), text.substring(equals + 1));
    if (setting.services().isEmpty()) {
      throw new IllegalArgumentException(
          "%s: no service has such a setting (expected: a name that begins with %s)"
              .formatted(setting.name, String.join(", ", known())));
    }
    if (setting.name.endsWith("_PASSPHRASE") || setting.name.endsWith("_PIN")) {
      throw new IllegalArgumentException(
          "%s: a secret, which everybody on this machine could read on the command line (expected: %s_FILE)"
              .formatted(setting.name, setting.name));
    }
    if (setting.name.endsWith("_LISTEN")) {
      throw new IllegalArgumentException(
          setting.name + ": decided by `rekey up` (expected: --https-port for the gateway's)");
    }
    return setting;
  }

  /// Who reads it. The rings' settings keep the names of the services whose tokens they sign, but
  /// only the keystore needs to know where keys are.
  List<String> services() {
    if (RING.matcher(name).matches()) {
      return List.of("keystore");
    }
    List<String> services = new ArrayList<>();
    PREFIXES.forEach(
        (prefix, service) -> {
          if (name.startsWith(prefix) && name.length() > prefix.length()) {
            services.add(service);
          }
        });
    if (name.equals(USER_ISSUER)) {
      services.add("keystore");
    }
    if (name.equals("REKEY_LOG_LEVEL")) {
      services.addAll(PREFIXES.values());
    }
    return services;
  }

  private static List<String> known() {
    List<String> known = new ArrayList<>(PREFIXES.keySet());
    known.add("ARTIFACT_");
    return known;
  }

  private static Map<String, String> prefixes() {
    Map<String, String> prefixes = new LinkedHashMap<>();
    for (String service : List.of("keystore", "useradm", "deviceauth", "gateway")) {
      prefixes.put(service.toUpperCase(java.util.Locale.ROOT) + "_", service);
    }
    return prefixes;
  }
}
