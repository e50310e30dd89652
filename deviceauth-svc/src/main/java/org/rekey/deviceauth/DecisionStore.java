package org.rekey.deviceauth;

import java.util.List;
import java.util.Optional;
import org.rekey.deviceauth.key.DeviceKey;

/// What owners decide on devices and their auth sets. Every decision is one transaction, one at a
/// time for each device, with its events, and with the tokens that it ends.
public interface DecisionStore {
  SetStatus set(String deviceId, String authSetId, AuthSetStatus status);

  Preauthorized preauthorize(Identity identity, DeviceKey key, boolean force, NewIds ids);

  /// @return the tokens that it has ended; empty if there is no such auth set of this device
  Optional<List<String>> deleteAuthSet(String deviceId, String authSetId);

  /// @return the tokens that it has ended; empty if there is no such device
  Optional<List<String>> decommission(String deviceId);

  /// What came of an owner's wish.
  sealed interface SetStatus {}

  /// @param ended tokens that are live no more
  record StatusSet(AuthSet authSet, List<String> ended) implements SetStatus {}

  record NotSet(Rule rule) implements SetStatus {}

  enum Rule {
    NOT_FOUND,
    OTHER_DEVICE,
    TRANSITION,
    LIMIT_REACHED
  }

  /// What came of a preauthorization.
  sealed interface Preauthorized {}

  record DevicePreauthorized(Device device) implements Preauthorized {}

  record AlreadyThere(Device device) implements Preauthorized {}
}
