package org.rekey.keystore;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.rekey.keystore.files.FileNamePattern;
import org.rekey.keystore.key.Passphrase;
import org.rekey.runtime.config.Settings;
import org.rekey.runtime.config.SettingsException;
import org.rekey.verifier.map.Purpose;

/// The settings of one key ring. Names and defaults are Mender's where Mender has them; the prefix
/// is `USERADM_`, `DEVICEAUTH_` or `ARTIFACT_`.
public interface RingSettings {
  /// The key that signs. Its directory is the one that holds the ring's keys. Default:
  /// `/etc/useradm/rsa/private.pem`, `/etc/deviceauth/rsa/private.pem` or
  /// `/etc/artifact/rsa/private.pem`.
  Optional<Path> serverPrivKeyPath();

  /// Which file names in the directory are keys: a regular expression for the whole name, its first
  /// group the kid. Default: `private\.id\.([0-9]*)\.pem`.
  Optional<String> serverPrivKeyFilenamePattern();

  /// The default key, kid 0, which verifies tokens with kid 0 or none. Default: `private.pem` in
  /// the directory, or the key that signs if its name does not match the pattern.
  Optional<Path> serverDefaultPrivKeyPath();

  /// A file whose first line opens encrypted key files. Absent: none is expected.
  Optional<Path> serverPrivKeyPassphraseFile();

  /// `iss` of the tokens that the ring may sign. Default: `mender.useradm`, `Mender` or
  /// `rekey.artifact`.
  Optional<String> jwtIssuer();

  /// A ring and what Mender's documentation says of it.
  enum Kind {
    USERADM("/etc/useradm/rsa/private.pem", "mender.useradm", Purpose.USER),
    DEVICEAUTH("/etc/deviceauth/rsa/private.pem", "Mender", Purpose.DEVICE),
    ARTIFACT("/etc/artifact/rsa/private.pem", "rekey.artifact", Purpose.ARTIFACT);

    private static final String DEFAULT_PATTERN = "private\\.id\\.([0-9]*)\\.pem";
    private static final String DEFAULT_KEY = "private.pem";
    private static final List<String> NAMES =
        List.of(
            "_SERVER_PRIV_KEY_PATH",
            "_SERVER_PRIV_KEY_FILENAME_PATTERN",
            "_SERVER_DEFAULT_PRIV_KEY_PATH",
            "_SERVER_PRIV_KEY_PASSPHRASE_FILE",
            "_JWT_ISSUER");

    private final String path;
    private final String issuer;
    private final Purpose purpose;

    Kind(String path, String issuer, Purpose purpose) {
      this.path = path;
      this.issuer = issuer;
      this.purpose = purpose;
    }

    String ring() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    /// Reads only the names that are ours: useradm-svc and deviceauth-svc have settings with the
    /// same prefix.
    KeyRing read(Map<String, String> environment) {
      Map<String, String> ours = new HashMap<>(environment);
      ours.keySet().retainAll(NAMES.stream().map(suffix -> name() + suffix).toList());
      return ring(Settings.read(RingSettings.class, ring(), ours));
    }

    private KeyRing ring(RingSettings settings) {
      Path configured =
          settings.serverPrivKeyPath().orElse(Path.of(path)).toAbsolutePath().normalize();
      Path directory = Objects.requireNonNullElse(configured.getParent(), configured);
      FileNamePattern pattern =
          FileNamePattern.of(
              name() + "_SERVER_PRIV_KEY_FILENAME_PATTERN",
              settings.serverPrivKeyFilenamePattern().orElse(DEFAULT_PATTERN));
      Path beside = directory.resolve(DEFAULT_KEY);
      Path defaultKey =
          settings
              .serverDefaultPrivKeyPath()
              .map(file -> file.toAbsolutePath().normalize())
              .orElse(beside);
      long kid = 0;
      if (!configured.equals(defaultKey)) {
        switch (pattern.classify(Objects.requireNonNull(configured.getFileName()).toString())) {
          case FileNamePattern.Keyed keyed -> kid = keyed.kid();
          case FileNamePattern.Refused refused -> throw refused(configured, refused.message());
          case FileNamePattern.LooksAlike _ ->
              throw refused(
                  configured,
                  "its name only contains a match of " + pattern + " (rename the file)");
          case FileNamePattern.Unrelated _ -> {
            refuseTwoDefaults(configured, defaultKey);
            defaultKey = configured;
          }
        }
      }
      return new KeyRing(
          ring(),
          name(),
          directory,
          pattern,
          defaultKey,
          configured,
          kid,
          settings.jwtIssuer().orElse(issuer),
          purpose,
          settings.serverPrivKeyPassphraseFile().map(Passphrase::read).orElse(Passphrase.none()));
    }

    private void refuseTwoDefaults(Path configured, Path defaultKey) {
      if (Files.exists(defaultKey)) {
        throw refused(
            configured,
            "its name gives no id, so it would be the default key, kid 0; but %s is there too (give one of them an id in its name, or remove it)"
                .formatted(defaultKey));
      }
    }

    private SettingsException refused(Path configured, String message) {
      return new SettingsException(
          "%s_SERVER_PRIV_KEY_PATH: %s: %s".formatted(name(), configured, message));
    }
  }

  /// All rings, or all that is wrong with any of them.
  static List<KeyRing> read(Map<String, String> environment) {
    List<KeyRing> rings = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      try {
        rings.add(kind.read(environment));
      } catch (SettingsException e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    return rings;
  }
}
