package org.rekey.keystore;

import io.smallrye.config.WithDefault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.rekey.keystore.files.FileNamePattern;
import org.rekey.keystore.key.KeyType;
import org.rekey.keystore.plan.QuietHours;
import org.rekey.keystore.plan.RotationRules;
import org.rekey.pkcs11.Passphrase;
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

  /// A file whose first line opens encrypted key files; read when one is there, so that a new
  /// passphrase needs no restart. Absent: none is expected.
  Optional<Path> serverPrivKeyPassphraseFile();

  /// The same in the environment itself, for where there are no files. Not both.
  Optional<String> serverPrivKeyPassphrase();

  /// `iss` of the tokens that the ring may sign. Default: `mender.useradm`, `Mender` or
  /// `rekey.artifact`.
  Optional<String> jwtIssuer();

  /// The longest time that a key signs: 1 s to 3650 d. Then the next one takes over by itself: an
  /// announced key if there is one, otherwise one that is made. Absent: only people rotate. Not for
  /// artifacts, whose public keys are in the devices.
  Optional<Duration> rotateAfter();

  /// By how much earlier it may do so, so that not all rings turn at once: 0 s to half of
  /// `ROTATE_AFTER`. Default: a tenth of it.
  Optional<Duration> rotateJitter();

  /// Times of day without rotation by itself, e.g. `08:00-12:00,13:00-18:00`. Default: none.
  Optional<String> rotateQuietHours();

  /// The time zone of the quiet hours, e.g. `Europe/Oslo`.
  @WithDefault("UTC")
  String rotateQuietZone();

  /// The kind of the keys that are made, e.g. `ed25519`. Default: like the one that signs.
  Optional<String> rotateKeyType();

  /// Whether keys that sign no more are retired by themselves once nothing hangs on them. Held keys
  /// are not.
  @WithDefault("false")
  boolean retireWhenSafe();

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
            "_SERVER_PRIV_KEY_PASSPHRASE",
            "_JWT_ISSUER",
            "_ROTATE_AFTER",
            "_ROTATE_JITTER",
            "_ROTATE_QUIET_HOURS",
            "_ROTATE_QUIET_ZONE",
            "_ROTATE_KEY_TYPE",
            "_RETIRE_WHEN_SAFE");
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(3650);

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
          passphrase(settings),
          rotation(settings),
          settings.retireWhenSafe());
    }

    private Passphrase passphrase(RingSettings settings) {
      if (settings.serverPrivKeyPassphraseFile().isPresent()
          && settings.serverPrivKeyPassphrase().isPresent()) {
        throw problem(
            "_SERVER_PRIV_KEY_PASSPHRASE",
            "set beside %s_SERVER_PRIV_KEY_PASSPHRASE_FILE (expected: one of them)"
                .formatted(name()));
      }
      return settings
          .serverPrivKeyPassphraseFile()
          .map(Passphrase::in)
          .or(
              () ->
                  settings
                      .serverPrivKeyPassphrase()
                      .map(text -> Passphrase.of(name() + "_SERVER_PRIV_KEY_PASSPHRASE", text)))
          .orElse(Passphrase.none());
    }

    private Optional<RotationRules> rotation(RingSettings settings) {
      if (settings.rotateAfter().isEmpty()) {
        return Optional.empty();
      }
      Duration after = settings.rotateAfter().get();
      if (purpose == Purpose.ARTIFACT) {
        throw problem(
            "_ROTATE_AFTER",
            "devices verify artifacts with public keys of their own (expected: none; rotate when the devices have the next one)");
      }
      requireRange("_ROTATE_AFTER", after, SHORTEST, LONGEST);
      Duration jitter = settings.rotateJitter().orElse(after.dividedBy(10));
      requireRange("_ROTATE_JITTER", jitter, Duration.ZERO, after.dividedBy(2));
      return Optional.of(new RotationRules(after, jitter, quiet(settings), keyType(settings)));
    }

    private QuietHours quiet(RingSettings settings) {
      ZoneId zone;
      try {
        zone = ZoneId.of(settings.rotateQuietZone());
      } catch (DateTimeException e) {
        throw problem(
            "_ROTATE_QUIET_ZONE",
            "'%s' (expected: a time zone such as Europe/Oslo)"
                .formatted(settings.rotateQuietZone()));
      }
      try {
        return QuietHours.parse(settings.rotateQuietHours().orElse(""), zone);
      } catch (IllegalArgumentException e) {
        throw problem("_ROTATE_QUIET_HOURS", String.valueOf(e.getMessage()));
      }
    }

    private Optional<KeyType> keyType(RingSettings settings) {
      return settings
          .rotateKeyType()
          .map(
              id ->
                  KeyType.named(id)
                      .orElseThrow(
                          () ->
                              problem(
                                  "_ROTATE_KEY_TYPE",
                                  "'%s' (expected: one of %s)".formatted(id, KeyType.names()))));
    }

    private void requireRange(String setting, Duration value, Duration least, Duration most) {
      if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
        throw problem(setting, "%s (expected: %s to %s)".formatted(value, least, most));
      }
    }

    private SettingsException problem(String setting, String message) {
      return new SettingsException(name() + setting + ": " + message);
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
