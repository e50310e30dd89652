package org.rekey.deviceauth;

import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.rekey.deviceauth.key.DeviceKey;
import org.rekey.verifier.serve.LiveTokens;

/// What the owners of devices do with them. A token that ends here is forgotten by this replica at
/// once, and by the others by event.
public final class Devices {
  private final DeviceStore devices;
  private final DecisionStore decisions;
  private final TokenStore tokens;
  private final LiveTokens live;
  private final int minRsaBits;
  private final InstantSource clock;
  private final Supplier<UUID> ids;

  /// @param minRsaBits of a device's key
  public Devices(
      DeviceStore devices,
      DecisionStore decisions,
      TokenStore tokens,
      LiveTokens live,
      int minRsaBits,
      InstantSource clock,
      Supplier<UUID> ids) {
    this.devices = devices;
    this.decisions = decisions;
    this.tokens = tokens;
    this.live = live;
    this.minRsaBits = minRsaBits;
    this.clock = clock;
    this.ids = ids;
  }

  /// @param statuses empty: all
  /// @param wanted ids; empty: all
  public Page list(Set<DeviceStatus> statuses, List<String> wanted, long page, int perPage) {
    List<String> possible = wanted.stream().filter(Ids::isPossible).distinct().toList();
    if (possible.isEmpty() && !wanted.isEmpty()) {
      return new Page(List.of(), false);
    }
    List<Device> found = devices.list(statuses, possible, (page - 1) * perPage, perPage + 1);
    return found.size() > perPage
        ? new Page(found.subList(0, perPage), true)
        : new Page(found, false);
  }

  /// @param statuses empty: all
  public long count(Set<DeviceStatus> statuses) {
    return devices.count(statuses);
  }

  public Optional<Device> get(String deviceId) {
    return Ids.isPossible(deviceId) ? devices.get(deviceId) : Optional.empty();
  }

  /// @param publicKey PEM
  /// @param force also for an identity that is known
  public Preauthorization preauthorize(String identityData, String publicKey, boolean force) {
    if (identityData.isEmpty()) {
      return new Unusable("identity_data must be provided");
    }
    if (publicKey.isEmpty()) {
      return new Unusable("pubkey must be provided");
    }
    return switch (Identity.parse(identityData)) {
      case Identity.Refused(String why) -> new Unusable("identity_data: " + why);
      case Identity.Usable(Identity identity) ->
          switch (DeviceKey.parse(publicKey, minRsaBits)) {
            case DeviceKey.Refused(String why) -> new Unusable(why);
            case DeviceKey.Usable(DeviceKey key) -> preauthorize(identity, key, force);
          };
    };
  }

  private Preauthorization preauthorize(Identity identity, DeviceKey key, boolean force) {
    NewIds fresh =
        new NewIds(
            ids.get().toString(),
            ids.get().toString(),
            clock.instant().truncatedTo(ChronoUnit.MICROS));
    return switch (decisions.preauthorize(identity, key, force, fresh)) {
      case DecisionStore.DevicePreauthorized(Device device) -> new Preauthorized(device);
      case DecisionStore.AlreadyThere(Device device) -> new AlreadyThere(device);
    };
  }

  /// @return false if there is no such device
  public boolean decommission(String deviceId) {
    return Ids.isPossible(deviceId) && ended(decisions.decommission(deviceId));
  }

  public Optional<AuthSetStatus> authSetStatus(String authSetId) {
    return Ids.isPossible(authSetId) ? devices.authSetStatus(authSetId) : Optional.empty();
  }

  public DecisionStore.SetStatus set(String deviceId, String authSetId, AuthSetStatus status) {
    if (!Ids.isPossible(authSetId)) {
      return new DecisionStore.NotSet(DecisionStore.Rule.NOT_FOUND);
    }
    DecisionStore.SetStatus outcome = decisions.set(deviceId, authSetId, status);
    if (outcome instanceof DecisionStore.StatusSet set) {
      set.ended().forEach(live::forget);
    }
    return outcome;
  }

  /// @return false if there is no such auth set of this device
  public boolean deleteAuthSet(String deviceId, String authSetId) {
    return Ids.isPossible(deviceId)
        && Ids.isPossible(authSetId)
        && ended(decisions.deleteAuthSet(deviceId, authSetId));
  }

  /// @param id of a token, or of an auth set whose tokens are meant
  /// @return false if nothing has this id
  public boolean revokeToken(String id) {
    return Ids.isPossible(id) && ended(tokens.revoke(id));
  }

  /// @return how many
  public long revokeTokensOf(String deviceId) {
    if (!Ids.isPossible(deviceId)) {
      return 0;
    }
    List<String> ended = tokens.revokeAllOf(deviceId);
    ended.forEach(live::forget);
    return ended.size();
  }

  /// @return how many
  public long revokeAllTokens() {
    long ended = tokens.revokeEverything();
    live.forgetAll();
    return ended;
  }

  /// How many devices may be accepted; -1: any number.
  public long maxDevices() {
    return devices.maxDevices();
  }

  public void limitDevices(long maxDevices) {
    devices.limitDevices(maxDevices);
  }

  private boolean ended(Optional<List<String>> tokenIds) {
    tokenIds.ifPresent(ended -> ended.forEach(live::forget));
    return tokenIds.isPresent();
  }

  /// @param more there is another page
  public record Page(List<Device> devices, boolean more) {}

  /// What became of a preauthorization.
  public sealed interface Preauthorization {}

  public record Preauthorized(Device device) implements Preauthorization {}

  public record AlreadyThere(Device device) implements Preauthorization {}

  /// @param why one line: the field and the rule
  public record Unusable(String why) implements Preauthorization {}
}
