package org.rekey.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.rekey.cli.client.Fleet;
import org.rekey.proto.deviceauth.v1.KeyRotation;
import org.rekey.proto.deviceauth.v1.KeyRotation.State;
import org.rekey.proto.deviceauth.v1.OrderOutcome;

/// Changes the keys of many devices, a wave after the other; stops when too many of a wave fail.
final class RotationWaves {
  private static final Duration LOOK = Duration.ofMillis(500);

  private final Fleet fleet;
  private final Plan plan;
  private final Consumer<Progress> watcher;
  private int done;
  private int failed;
  private int waiting;
  private int skipped;

  /// @param devices their ids
  /// @param wave how many are ordered at once
  /// @param haltAbove failures of one wave
  /// @param patience with one wave
  /// @param endTokens so that devices come at their next call
  record Plan(
      List<String> devices,
      Share wave,
      Share haltAbove,
      Duration validFor,
      Duration patience,
      boolean endTokens) {
    int waveSize() {
      return Math.max(1, (int) Math.ceil(wave.of(devices.size())));
    }

    int waves() {
      return Math.ceilDiv(devices.size(), waveSize());
    }
  }

  /// @param wave from 1
  /// @param done of all waves so far, and likewise the others
  record Progress(int wave, int waves, int done, int failed, int waiting, int skipped, int all) {}

  /// @param waiting devices that have not come yet; their orders stand
  /// @param skipped devices that could not be ordered: certified, or accepted no more
  /// @param haltedIn the wave that had too many failures; 0: none
  /// @param cancelled orders that were taken back then
  record Outcome(int done, int failed, int waiting, int skipped, int haltedIn, long cancelled) {}

  RotationWaves(Fleet fleet, Plan plan, Consumer<Progress> watcher) {
    this.fleet = fleet;
    this.plan = plan;
    this.watcher = watcher;
  }

  Outcome run() throws InterruptedException {
    int size = plan.waveSize();
    for (int wave = 1; wave <= plan.waves(); wave++) {
      int from = (wave - 1) * size;
      List<String> ordered =
          order(plan.devices().subList(from, Math.min(plan.devices().size(), from + size)));
      Count count = await(wave, ordered);
      done += count.done();
      failed += count.failed();
      waiting += count.waiting();
      if (count.failed() > plan.haltAbove().of(ordered.size())) {
        long cancelled = ordered.isEmpty() ? 0 : fleet.cancel(ordered);
        return new Outcome(
            done, failed, waiting - (int) Math.min(waiting, cancelled), skipped, wave, cancelled);
      }
    }
    return new Outcome(done, failed, waiting, skipped, 0, 0);
  }

  private List<String> order(List<String> wave) {
    List<OrderOutcome> outcomes = fleet.order(wave, plan.validFor(), plan.endTokens());
    List<String> ordered = new ArrayList<>();
    for (int i = 0; i < wave.size(); i++) {
      if (outcomes.get(i) == OrderOutcome.ORDER_OUTCOME_ORDERED) {
        ordered.add(wave.get(i));
      } else {
        skipped++;
      }
    }
    return ordered;
  }

  /// Until all have changed their keys, too many have failed, or the patience with it is over.
  private Count await(int wave, List<String> ordered) throws InterruptedException {
    long end = System.nanoTime() + plan.patience().toNanos();
    while (true) {
      Count count = count(ordered);
      watcher.accept(
          new Progress(
              wave,
              plan.waves(),
              done + count.done(),
              failed + count.failed(),
              waiting + count.waiting() + count.underWay(),
              skipped,
              plan.devices().size()));
      boolean isOver = System.nanoTime() - end >= 0;
      if (isOver
          || count.waiting() + count.underWay() == 0
          || count.failed() > plan.haltAbove().of(ordered.size())) {
        return isOver ? count.late() : count;
      }
      Thread.sleep(LOOK);
    }
  }

  private Count count(List<String> ordered) {
    Map<State, Integer> states = new EnumMap<>(State.class);
    for (KeyRotation each : ordered.isEmpty() ? List.<KeyRotation>of() : fleet.rotations(ordered)) {
      states.merge(each.getState(), 1, Integer::sum);
    }
    int changed = states.getOrDefault(State.STATE_DONE, 0);
    int notCome = states.getOrDefault(State.STATE_ORDERED, 0);
    int offered = states.getOrDefault(State.STATE_OFFERED, 0);
    return new Count(changed, notCome, offered, ordered.size() - changed - notCome - offered);
  }

  /// @param waiting not come yet
  /// @param underWay come, but not through
  private record Count(int done, int waiting, int underWay, int failed) {
    /// Who has come and is not through by now has failed; who has not come may be switched off.
    Count late() {
      return new Count(done, waiting, 0, failed + underWay);
    }
  }
}
