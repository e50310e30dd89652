package org.rekey.keystore;

import java.nio.file.Path;
import java.util.Optional;
import org.rekey.keystore.files.FileNamePattern;
import org.rekey.keystore.files.KeyDirectory;
import org.rekey.keystore.pkcs11.Tokens;
import org.rekey.keystore.plan.RotationRules;
import org.rekey.pkcs11.Passphrase;
import org.rekey.verifier.map.Purpose;

/// The keys of one issuer, as the settings describe them.
///
/// @param settings the prefix of its settings, e.g. `USERADM`
/// @param directory where its key files are
/// @param defaultKey the file of kid 0
/// @param configuredFile the file that the settings name as the one that signs
/// @param configuredKid the kid of that file
/// @param issuer the `iss` that its keys may sign
/// @param rotation how it turns its keys by itself; empty if it does not
/// @param retireWhenSafe whether keys that sign no more go by themselves
public record KeyRing(
    String name,
    String settings,
    Path directory,
    FileNamePattern pattern,
    Path defaultKey,
    Path configuredFile,
    long configuredKid,
    String issuer,
    Purpose purpose,
    Passphrase passphrase,
    Optional<RotationRules> rotation,
    boolean retireWhenSafe) {

  /// The setting that names the key that signs.
  public String pathSetting() {
    return settings + "_SERVER_PRIV_KEY_PATH";
  }

  KeyDirectory openDirectory(Tokens tokens) {
    return new KeyDirectory(directory, pattern, defaultKey, passphrase, tokens);
  }
}
