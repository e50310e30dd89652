package org.rekey.deviceauth;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.config.Settings;
import org.rekey.runtime.config.SettingsException;
import org.rekey.verifier.log.LogKey;
import org.rekey.verifier.serve.VerdictService;

/// The settings in the terms of the parts that they are for, checked as a whole.
record DeviceauthConfig(
    DeviceauthSettings settings, LogKey logKey, String keystore, VerdictService.Config verdicts) {

  /// @throws SettingsException with every problem at once
  static DeviceauthConfig read(Map<String, String> environment) {
    DeviceauthSettings settings = Settings.read(DeviceauthSettings.class, environment);
    List<String> problems = problems(settings);
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    return new DeviceauthConfig(
        settings,
        logKey(settings),
        settings.keystoreTarget().stream().map(HostPort::toString).collect(Collectors.joining(",")),
        new VerdictService.Config(
            "deviceauth",
            settings.signatureCacheSize(),
            settings.registryCacheSize(),
            settings.registryTtl()));
  }

  private static List<String> problems(DeviceauthSettings settings) {
    List<String> problems = new ArrayList<>();
    atLeast(problems, "SIGNATURE_CACHE_SIZE", settings.signatureCacheSize(), 0);
    atLeast(problems, "REGISTRY_CACHE_SIZE", settings.registryCacheSize(), 1);
    if (!settings.registryTtl().isPositive()) {
      problems.add(
          "DEVICEAUTH_REGISTRY_TTL: %s (expected: a positive duration such as 5s)"
              .formatted(settings.registryTtl()));
    }
    try {
      logKey(settings);
    } catch (SettingsException e) {
      problems.addAll(e.problems());
    }
    return problems;
  }

  private static LogKey logKey(DeviceauthSettings settings) {
    String name = "DEVICEAUTH_KEYLOG_PUBLIC_KEY: " + settings.keylogPublicKey();
    try {
      return LogKey.fromPem(Files.readString(settings.keylogPublicKey()));
    } catch (IOException e) {
      throw new SettingsException(name + ": cannot be read (expected: a PEM file)");
    } catch (IllegalArgumentException e) {
      throw new SettingsException(name + ": " + e.getMessage());
    }
  }

  private static void atLeast(List<String> problems, String name, long value, long least) {
    if (value < least) {
      problems.add("DEVICEAUTH_%s: %d (expected: %d or more)".formatted(name, value, least));
    }
  }
}
