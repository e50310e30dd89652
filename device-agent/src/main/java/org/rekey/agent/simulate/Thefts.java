package org.rekey.agent.simulate;

/// How often somebody came who is not the device, and got in, by what was stolen.
///
/// @param oldKeys keys that devices have put away
/// @param newKeys new keys, taken before a server knew them
/// @param recorded offers of new keys, sent once more
public record Thefts(Tries oldKeys, Tries newKeys, Tries recorded) {

  /// @param succeeded of those that were made
  public record Tries(long made, long succeeded) {}

  /// Who got in and should not have.
  public long impostors() {
    return oldKeys.succeeded() + newKeys.succeeded() + recorded.succeeded();
  }
}
