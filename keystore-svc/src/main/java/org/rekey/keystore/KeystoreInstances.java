package org.rekey.keystore;

import java.time.Duration;

/// Which keystores share this journal. By the database's clock alone.
public interface KeystoreInstances {
  /// Says that this one is there.
  void beat(String name);

  /// Takes this one out.
  void leave(String name);

  /// Whether another one was heard within that time.
  boolean othersAreThere(String name, Duration within);

  /// Whether, of those that were heard within that time, this one is to act where one is enough:
  /// the first by name.
  boolean leads(String name, Duration within);

  /// Forgets those that were not heard for so long.
  void forget(Duration unheardFor);
}
