package org.rekey.deviceauth;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The auth sets of one device, and the one place that knows how they may change. At most one is
/// accepted and at most one is preauthorized, before and after.
///
/// @param statuses by auth set id
public record AuthSets(Map<String, AuthSetStatus> statuses) {
  public static final AuthSets NONE = new AuthSets(Map.of());

  public AuthSets {
    statuses = Map.copyOf(statuses);
  }

  public DeviceStatus device() {
    return DeviceStatus.of(statuses.values());
  }

  /// The device has come with this key and has proved that it has it.
  public Decision requested(String authSetId) {
    return switch (statuses.get(authSetId)) {
      case null -> with(authSetId, AuthSetStatus.PENDING);
      case PREAUTHORIZED -> with(authSetId, AuthSetStatus.ACCEPTED);
      case PENDING, ACCEPTED, REJECTED -> new Nothing();
    };
  }

  /// The owner wants a key to be so. A preauthorized key waits for its device, and can only be
  /// deleted.
  public Decision set(String authSetId, AuthSetStatus to) {
    AuthSetStatus from = statuses.get(authSetId);
    if (from == to) {
      return new Nothing();
    }
    return from == null || !mayBecome(from, to) ? new Forbidden() : with(authSetId, to);
  }

  private static boolean mayBecome(AuthSetStatus from, AuthSetStatus to) {
    return switch (to) {
      case ACCEPTED -> from == AuthSetStatus.PENDING || from == AuthSetStatus.REJECTED;
      case REJECTED -> from == AuthSetStatus.PENDING || from == AuthSetStatus.ACCEPTED;
      case PENDING -> from == AuthSetStatus.REJECTED || from == AuthSetStatus.ACCEPTED;
      case PREAUTHORIZED -> false;
    };
  }

  /// The owner knows a key before the device has come with it. One that is accepted already stays
  /// so: it has what preauthorization would give it.
  public Decision preauthorized(String authSetId) {
    AuthSetStatus from = statuses.get(authSetId);
    return from == AuthSetStatus.ACCEPTED || from == AuthSetStatus.PREAUTHORIZED
        ? new Nothing()
        : with(authSetId, AuthSetStatus.PREAUTHORIZED);
  }

  /// An authority that the owner trusts vouches for the key: that is as good as preauthorization by
  /// force, but what the owner has rejected stays so.
  public Decision certified(String authSetId) {
    return switch (statuses.get(authSetId)) {
      case null -> with(authSetId, AuthSetStatus.PREAUTHORIZED);
      case PENDING -> with(authSetId, AuthSetStatus.PREAUTHORIZED);
      case PREAUTHORIZED, ACCEPTED, REJECTED -> new Nothing();
    };
  }

  /// The device has proved, with the key that is accepted, that another one is its own too. That is
  /// as good as preauthorization, but takes the place of nobody who waits, and brings back nobody
  /// who was refused.
  public Decision offered(String authSetId) {
    AuthSetStatus from = statuses.get(authSetId);
    if (from == AuthSetStatus.PREAUTHORIZED) {
      return new Nothing();
    }
    return (from == null || from == AuthSetStatus.PENDING)
            && !statuses.containsValue(AuthSetStatus.PREAUTHORIZED)
        ? with(authSetId, AuthSetStatus.PREAUTHORIZED)
        : new Forbidden();
  }

  /// A key that waits for its first use waits no more.
  public Decision rolledBack(String authSetId) {
    return statuses.get(authSetId) == AuthSetStatus.PREAUTHORIZED
        ? with(authSetId, AuthSetStatus.REJECTED)
        : new Nothing();
  }

  /// The owner wants no more of a key. A device that was only ever preauthorized goes with it.
  public Decision deleted(String authSetId) {
    AuthSetStatus from = statuses.get(authSetId);
    if (from == null) {
      return new Nothing();
    }
    Map<String, AuthSetStatus> after = new LinkedHashMap<>(statuses);
    after.remove(authSetId);
    boolean gone = after.isEmpty() && from == AuthSetStatus.PREAUTHORIZED;
    return change(new AuthSets(after), gone);
  }

  /// Who is accepted or preauthorized takes the place of who was, who is rejected then.
  private Decision with(String authSetId, AuthSetStatus to) {
    Map<String, AuthSetStatus> after = new LinkedHashMap<>(statuses);
    if (to == AuthSetStatus.ACCEPTED || to == AuthSetStatus.PREAUTHORIZED) {
      after.replaceAll((_, status) -> status == to ? AuthSetStatus.REJECTED : status);
    }
    after.put(authSetId, to);
    return change(new AuthSets(after), false);
  }

  private Change change(AuthSets after, boolean deviceGoes) {
    List<Step> steps = new ArrayList<>();
    Set<String> ids = new TreeSet<>(statuses.keySet());
    ids.addAll(after.statuses.keySet());
    for (String id : ids) {
      AuthSetStatus from = statuses.get(id);
      AuthSetStatus to = after.statuses.get(id);
      if (from != to) {
        steps.add(new Step(id, from, to));
      }
    }
    steps.sort(Comparator.comparing(Step::takesAPlace));
    boolean needsRoom =
        device() != DeviceStatus.ACCEPTED && after.device() == DeviceStatus.ACCEPTED;
    return new Change(after, steps, needsRoom, deviceGoes);
  }

  /// What is to happen.
  public sealed interface Decision {}

  public record Nothing() implements Decision {}

  public record Forbidden() implements Decision {}

  /// @param steps in an order in which no two auth sets are accepted, or preauthorized, at once
  /// @param needsRoom there will be one accepted device more
  /// @param deviceGoes nothing is left of the device
  public record Change(AuthSets after, List<Step> steps, boolean needsRoom, boolean deviceGoes)
      implements Decision {
    public Change {
      steps = List.copyOf(steps);
    }
  }

  /// One auth set changes.
  ///
  /// @param from null: it is new
  /// @param to null: it goes
  public record Step(String authSetId, @Nullable AuthSetStatus from, @Nullable AuthSetStatus to) {
    private boolean takesAPlace() {
      return to == AuthSetStatus.ACCEPTED || to == AuthSetStatus.PREAUTHORIZED;
    }

    /// Tokens that hang on it are live no more.
    public boolean endsTokens() {
      return from == AuthSetStatus.ACCEPTED && to != AuthSetStatus.ACCEPTED;
    }
  }
}
