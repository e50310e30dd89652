package org.rekey.artifact;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Follows the reading of an artifact, on the thread that reads. Whatever it throws ends the
/// reading.
public interface Watcher {
  /// Asks for nothing.
  Watcher NONE = new Watcher() {};

  /// A member of the outer archive begins; its first bytes have been read.
  default void begins(String member) throws IOException {}

  /// A member, and what fills its last record, has been read.
  default void ended(String member) throws IOException {}

  /// It is known now whether there is a signature, long before the payload comes.
  ///
  /// @param signature the text of `manifest.sig`; null if the artifact is not signed
  default void manifest(Manifest manifest, @Nullable String signature) throws IOException {}
}
