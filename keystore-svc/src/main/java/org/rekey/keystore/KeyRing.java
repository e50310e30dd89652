package org.rekey.keystore;

import java.nio.file.Path;
import org.rekey.keystore.files.FileNamePattern;
import org.rekey.keystore.files.KeyDirectory;
import org.rekey.keystore.key.Passphrase;
import org.rekey.verifier.map.Purpose;

/// The keys of one issuer, as the settings describe them.
///
/// @param settings the prefix of its settings, e.g. `USERADM`
/// @param directory where its key files are
/// @param defaultKey the file of kid 0
/// @param configuredFile the file that the settings name as the one that signs
/// @param configuredKid the kid of that file
/// @param issuer the `iss` that its keys may sign
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
    Passphrase passphrase) {

  /// The setting that names the key that signs.
  public String pathSetting() {
    return settings + "_SERVER_PRIV_KEY_PATH";
  }

  KeyDirectory openDirectory() {
    return new KeyDirectory(directory, pattern, defaultKey, passphrase);
  }
}
