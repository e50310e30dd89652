package org.rekey.artifact;

import java.io.IOException;
import java.io.InputStream;

/// Reads an artifact once from its first byte to its last and checks all of it, at constant memory.
/// It is as strict as `mender-artifact validate` or stricter: whatever two programs could read
/// differently is refused (`docs/artifacts.md` has the list).
public final class ArtifactReader {
  private final Limits limits;
  private final Watcher watcher;

  /// @param watcher told on the way
  public ArtifactReader(Limits limits, Watcher watcher) {
    this.limits = limits;
    this.watcher = watcher;
  }

  /// @throws IOException when the input cannot be read, or the watcher threw it
  public Inspection inspect(InputStream in) throws IOException {
    try {
      return new Inspection.Sound(new ArtifactWalk(new Source(in), limits, watcher).read());
    } catch (Damage e) {
      return new Inspection.Damaged(e.rule(), e.text());
    }
  }
}
