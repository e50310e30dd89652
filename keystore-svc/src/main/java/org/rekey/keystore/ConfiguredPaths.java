package org.rekey.keystore;

import java.nio.file.Path;
import java.util.Optional;

/// Which key the settings named when they last took effect, so that a change of the settings can be
/// told from a restart.
public interface ConfiguredPaths {
  Optional<Path> inEffect(String ring);

  void remember(String ring, Path path);
}
