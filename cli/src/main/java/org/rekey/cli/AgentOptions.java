package org.rekey.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.agent.Agent;
import org.rekey.agent.MenderConf;
import org.rekey.agent.key.KeyType;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// What the device is, for the commands of its agent.
final class AgentOptions {
  private static final String SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "/etc/mender/mender.conf",
      description = "The configuration, by the names of mender.conf (default: ${DEFAULT-VALUE}).")
  private Path config = Path.of("mender.conf");

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:MENDER_DATASTORE_DIR:-/var/lib/mender}",
      description =
          "Where the key is, and a second mender.conf whose members count if the first has none"
              + " (default: $MENDER_DATASTORE_DIR, else /var/lib/mender).")
  private Path data = Path.of(".");

  @Option(
      names = "--identity",
      paramLabel = "SCRIPT",
      defaultValue = "/usr/share/mender/identity/mender-device-identity",
      description = "Prints what the device is, as lines NAME=VALUE (default: ${DEFAULT-VALUE}).")
  private Path identity = Path.of("mender-device-identity");

  @Option(
      names = "--key-type",
      paramLabel = "TYPE",
      defaultValue = "ed25519",
      converter = TypeConverter.class,
      description = "Of a key that the agent makes: ed25519 (default), p256 or rsa (3072 bits).")
  private KeyType keyType = KeyType.ED25519;

  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description =
          "Opens a configured key that is encrypted, or the token that it is in (its PIN).")
  private @Nullable Path passphraseFile;

  /// @param proxyPort 0: any
  Agent.Options read(int proxyPort) {
    MenderConf conf = MenderConf.read(config, data.resolve("mender.conf"));
    String bus = System.getenv().getOrDefault("DBUS_SYSTEM_BUS_ADDRESS", SYSTEM_BUS);
    return new Agent.Options(
        conf,
        data,
        identity,
        keyType,
        passphraseFile == null ? "" : Agent.passphrase(passphraseFile),
        proxyPort,
        conf.hasDbus() ? Optional.of(bus) : Optional.empty());
  }

  /// As people write it.
  static final class TypeConverter implements ITypeConverter<KeyType> {
    @Override
    public KeyType convert(String value) {
      return switch (value.toLowerCase(Locale.ROOT)) {
        case "ed25519" -> KeyType.ED25519;
        case "p256", "p-256" -> KeyType.P256;
        case "rsa" -> KeyType.RSA;
        default -> throw new TypeConversionException(value + " (expected: ed25519, p256 or rsa)");
      };
    }
  }
}
