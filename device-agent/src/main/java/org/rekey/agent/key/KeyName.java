package org.rekey.agent.key;

import java.nio.file.Path;
import org.rekey.pkcs11.Pkcs11Uri;

/// Where a configured key is.
public sealed interface KeyName {

  /// @param path of a PEM file
  record InFile(Path path) implements KeyName {
    @Override
    public String toString() {
      return path.toString();
    }
  }

  /// In a PKCS#11 token.
  record OfToken(Pkcs11Uri uri) implements KeyName {
    @Override
    public String toString() {
      return uri.key();
    }
  }
}
