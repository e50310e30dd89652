package org.rekey.agent.key;

import java.util.Optional;

/// Where a device keeps its key and, while it changes it, the one that comes after. Each change is
/// whole or has not happened, and lasts once it has returned.
public interface KeyPlace {

  /// The key that the device is known by.
  ///
  /// @throws org.rekey.agent.AgentFailure when there is something, but no usable key
  Optional<AgentKey> current();

  /// The one that is to come after.
  Optional<Successor> successor();

  /// The device's first key.
  void putFirst(AgentKey key);

  /// A key that no server knows yet.
  void putSuccessor(AgentKey key);

  /// A server has said that it knows the successor.
  void markOffered();

  /// The successor has got a token: it is the key from now on, and the one before is gone.
  void commit();

  /// The successor is gone; the key stays.
  void discardSuccessor();

  /// Whether keys here may change at all. One that somebody else has put there may not.
  boolean isOurs();

  /// @param offered a server has it, and may have retired the current one
  record Successor(AgentKey key, boolean offered) {}
}
