package org.rekey.cli;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.Key;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `--type`, the kind of a key that is made.
final class TypeOption {
  private static final List<String> TYPES =
      List.of(
          "rsa-2048",
          "rsa-3072",
          "rsa-4096",
          "p-256",
          "p-384",
          "p-521",
          "ed25519",
          "ml-dsa-44",
          "ml-dsa-65",
          "ml-dsa-87");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description =
          "rsa-2048, rsa-3072, rsa-4096, p-256, p-384, p-521, ed25519, ml-dsa-44, ml-dsa-65"
              + " or ml-dsa-87 (default: as the ring's key that signs).")
  private @Nullable String type;

  void mustBeKnown() {
    if (type != null && !TYPES.contains(type)) {
      throw new ParameterException(
          command.commandLine(),
          "--type: %s (expected: one of %s)".formatted(type, String.join(", ", TYPES)));
    }
  }

  /// @param keys of the ring
  String orAsTheOneThatSigns(List<Key> keys) {
    return type != null ? type : Keys.signing(keys).map(TypeOption::of).orElse("");
  }

  /// Empty where there is no such type: the keystore then takes its own default.
  static String of(Key key) {
    return switch (key.getAlg()) {
      case "RS256" -> rsa(key);
      case "ES256" -> "p-256";
      case "ES384" -> "p-384";
      case "ES512" -> "p-521";
      case "EdDSA" -> "ed25519";
      case "ML-DSA-44", "ML-DSA-65", "ML-DSA-87" -> key.getAlg().toLowerCase(Locale.ROOT);
      default -> "";
    };
  }

  private static String rsa(Key key) {
    try {
      int bits =
          ((RSAPublicKey)
                  KeyFactory.getInstance("RSA")
                      .generatePublic(new X509EncodedKeySpec(key.getPublicKey().toByteArray())))
              .getModulus()
              .bitLength();
      String type = "rsa-" + bits;
      return TYPES.contains(type) ? type : "";
    } catch (GeneralSecurityException e) {
      return "";
    }
  }
}
