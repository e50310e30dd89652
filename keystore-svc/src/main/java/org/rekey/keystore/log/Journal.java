package org.rekey.keystore.log;

import java.util.List;
import org.rekey.proto.keystore.v1.SignedKeyEvent;

/// Where the key log is kept. Several keystores may share one.
public interface Journal {
  /// The events after an epoch, in order.
  List<SignedKeyEvent> after(long epoch);

  /// Writes an event at an epoch unless another writer was first; false if one was.
  boolean append(long epoch, SignedKeyEvent event);
}
