package org.rekey.deviceauth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Any sequence of requests and wishes, beside a model that is written from Mender's tables alone.
/// What certificates do is ours.
class AuthSetsPropertiesTest {
  enum Deed {
    REQUEST,
    ACCEPT,
    REJECT,
    PUT_BACK,
    PREAUTHORIZE,
    CERTIFY,
    DELETE
  }

  record Step(Deed deed, String key) {}

  /// What Mender documents, with at most one preauthorized key as well.
  private static final class Model {
    private final Map<String, AuthSetStatus> keys = new HashMap<>();
    private final Set<String> tokens = new HashSet<>();

    boolean run(Step step) {
      AuthSetStatus from = keys.get(step.key());
      return switch (step.deed()) {
        case REQUEST -> {
          if (from == null) {
            keys.put(step.key(), AuthSetStatus.PENDING);
          } else if (from == AuthSetStatus.PREAUTHORIZED) {
            put(step.key(), AuthSetStatus.ACCEPTED);
          }
          if (keys.get(step.key()) == AuthSetStatus.ACCEPTED) {
            tokens.add(step.key());
          }
          yield true;
        }
        case ACCEPT -> owner(step.key(), AuthSetStatus.ACCEPTED);
        case REJECT -> owner(step.key(), AuthSetStatus.REJECTED);
        case PUT_BACK -> owner(step.key(), AuthSetStatus.PENDING);
        case PREAUTHORIZE -> {
          if (from != AuthSetStatus.ACCEPTED) {
            put(step.key(), AuthSetStatus.PREAUTHORIZED);
          }
          yield true;
        }
        case CERTIFY -> {
          if (from == null || from == AuthSetStatus.PENDING) {
            put(step.key(), AuthSetStatus.PREAUTHORIZED);
          }
          yield true;
        }
        case DELETE -> {
          keys.remove(step.key());
          tokens.remove(step.key());
          yield from != null;
        }
      };
    }

    private boolean owner(String key, AuthSetStatus to) {
      AuthSetStatus from = keys.get(key);
      if (from == to) {
        return true;
      }
      if (from == null || from == AuthSetStatus.PREAUTHORIZED) {
        return false;
      }
      put(key, to);
      return true;
    }

    private void put(String key, AuthSetStatus to) {
      if (to == AuthSetStatus.ACCEPTED || to == AuthSetStatus.PREAUTHORIZED) {
        keys.replaceAll((_, status) -> status == to ? AuthSetStatus.REJECTED : status);
      }
      keys.put(key, to);
      tokens.removeIf(of -> keys.get(of) != AuthSetStatus.ACCEPTED);
    }

    DeviceStatus status() {
      if (keys.containsValue(AuthSetStatus.ACCEPTED)) {
        return DeviceStatus.ACCEPTED;
      } else if (keys.containsValue(AuthSetStatus.PREAUTHORIZED)) {
        return DeviceStatus.PREAUTHORIZED;
      } else if (keys.containsValue(AuthSetStatus.PENDING)) {
        return DeviceStatus.PENDING;
      }
      return keys.isEmpty() ? DeviceStatus.NOAUTH : DeviceStatus.REJECTED;
    }
  }

  @Property
  void doAsTheModelDoes(@ForAll("steps") List<Step> steps) {
    Model model = new Model();
    AuthSets sets = AuthSets.NONE;
    Set<String> tokens = new HashSet<>();
    for (Step step : steps) {
      boolean allowed = model.run(step);
      AuthSets.Decision decision = decide(sets, step);
      if (step.deed() != Deed.DELETE) {
        assertThat(decision instanceof AuthSets.Forbidden).as("%s", step).isEqualTo(!allowed);
      }
      if (decision instanceof AuthSets.Change change) {
        AuthSets before = sets;
        boolean roomTaken =
            before.device() != DeviceStatus.ACCEPTED
                && change.after().device() == DeviceStatus.ACCEPTED;
        assertThat(change.needsRoom()).isEqualTo(roomTaken);
        change.steps().stream()
            .filter(AuthSets.Step::endsTokens)
            .forEach(ending -> tokens.remove(ending.authSetId()));
        sets = walk(before, change);
      }
      if (step.deed() == Deed.REQUEST
          && sets.statuses().get(step.key()) == AuthSetStatus.ACCEPTED) {
        tokens.add(step.key());
      }
      assertThat(sets.statuses()).as("after %s", step).isEqualTo(model.keys);
      assertThat(sets.device()).isEqualTo(model.status());
      assertThat(tokens).isEqualTo(model.tokens).hasSizeLessThanOrEqualTo(1);
    }
  }

  private static AuthSets.Decision decide(AuthSets sets, Step step) {
    return switch (step.deed()) {
      case REQUEST -> sets.requested(step.key());
      case ACCEPT -> sets.set(step.key(), AuthSetStatus.ACCEPTED);
      case REJECT -> sets.set(step.key(), AuthSetStatus.REJECTED);
      case PUT_BACK -> sets.set(step.key(), AuthSetStatus.PENDING);
      case PREAUTHORIZE -> sets.preauthorized(step.key());
      case CERTIFY -> sets.certified(step.key());
      case DELETE -> sets.deleted(step.key());
    };
  }

  /// Row by row, as the database sees it: its constraints hold in between as well.
  private static AuthSets walk(AuthSets before, AuthSets.Change change) {
    Map<String, AuthSetStatus> rows = new HashMap<>(before.statuses());
    assertThat(change.steps()).isNotEmpty();
    for (AuthSets.Step step : change.steps()) {
      assertThat(rows.get(step.authSetId())).isEqualTo(step.from());
      if (step.to() == null) {
        rows.remove(step.authSetId());
      } else {
        rows.put(step.authSetId(), step.to());
      }
      for (AuthSetStatus one : EnumSet.of(AuthSetStatus.ACCEPTED, AuthSetStatus.PREAUTHORIZED)) {
        assertThat(rows.values().stream().filter(one::equals).count()).isLessThanOrEqualTo(1);
      }
    }
    assertThat(rows).isEqualTo(change.after().statuses());
    boolean onlyEverPreauthorized =
        rows.isEmpty()
            && new ArrayList<>(before.statuses().values())
                .equals(List.of(AuthSetStatus.PREAUTHORIZED));
    assertThat(change.deviceGoes()).isEqualTo(onlyEverPreauthorized);
    return change.after();
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(Arbitraries.of(Deed.class), Arbitraries.of("a", "b", "c"))
        .as(Step::new)
        .list()
        .ofMaxSize(40);
  }
}
