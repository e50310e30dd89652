package org.rekey.keystore;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.log.Appended;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.NewEvent;
import org.rekey.keystore.plan.CountedUsage;
import org.rekey.keystore.plan.RetirementPlan;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;
import org.rekey.verifier.map.Withdrawal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Withdraws keys that nothing hangs on any more: at once, or as soon as it is so.
public final class KeyRetirement {
  private static final Logger LOG = LoggerFactory.getLogger(KeyRetirement.class);

  private static final Duration REPORT_ON_ITS_WAY = Duration.ofSeconds(5);

  private final KeyHistory history;
  private final Verifiers verifiers;
  private final UsageCounts counts;
  private final RetirementOrders orders;
  private final InstantSource clock;
  private final RetirementPlan.Bounds bounds;

  KeyRetirement(
      KeyHistory history,
      Verifiers verifiers,
      UsageCounts counts,
      RetirementOrders orders,
      InstantSource clock) {
    this.history = history;
    this.verifiers = verifiers;
    this.counts = counts;
    this.orders = orders;
    this.clock = clock;
    // (h): one lease for a keystore that has not heard of the successor, one for a token on its
    // way; and a count looks younger than it is by what its report took. An issuer counts at least
    // once in two leases.
    this.bounds =
        new RetirementPlan.Bounds(
            verifiers.lease().multipliedBy(2).plus(REPORT_ON_ITS_WAY),
            verifiers.lease().multipliedBy(2).plus(Duration.ofSeconds(10)));
  }

  /// What would be, by the newest count that anybody has reported; empty when there is no such key.
  public Optional<RetirementPlan> plan(String ring, long kid) {
    return plan(history.map(), ring, kid);
  }

  private Optional<RetirementPlan> plan(KidMap map, String ring, long kid) {
    return map.find(ring, kid)
        .map(key -> RetirementPlan.of(key, counts.counted(ring, kid), clock.instant(), bounds));
  }

  public boolean isOrdered(String ring, long kid) {
    return orders.all().stream().anyMatch(order -> order.ring().equals(ring) && order.kid() == kid);
  }

  CommandOutcome retire(KeyCommand.Retire command, Author author) {
    if (command.force() && author.reason().isBlank()) {
      return new CommandOutcome.Incomplete(
          "reason: empty (expected: why the key goes although tokens hang on it)");
    }
    history.refresh();
    verifiers.refresh();
    var appended =
        history.append(
            map ->
                plan(map, command.ring(), command.kid())
                    .filter(plan -> plan.key().life() instanceof KeyLife.Idle)
                    .filter(plan -> plan.isSafe() || command.force())
                    .map(plan -> event(plan, author, command.force() && !plan.isSafe())));
    if (appended.isPresent()) {
      orders.remove(command.ring(), command.kid());
      return new CommandOutcome.Done(
          command.kid(), List.of(), ((KeyChange.Retired) appended.get().event().change()).impact());
    }
    return plan(command.ring(), command.kid())
        .map(plan -> notRetired(plan, command, author))
        .orElseGet(() -> CommandOutcome.NoSuchKey.of(command.ring(), command.kid()));
  }

  private CommandOutcome notRetired(RetirementPlan plan, KeyCommand.Retire command, Author author) {
    var key = plan.key();
    return switch (key.life()) {
      case KeyLife.Retired _ -> new CommandOutcome.Done(key.kid());
      case KeyLife.Removed _ ->
          new CommandOutcome.NotNow(
              "kid %d of ring %s is retired already: its file was removed"
                  .formatted(key.kid(), key.ring()));
      case KeyLife.Compromised _ ->
          new CommandOutcome.NotNow(
              "kid %d of ring %s was found compromised, which is more"
                  .formatted(key.kid(), key.ring()));
      case KeyLife.Active _ ->
          new CommandOutcome.NotNow(
              "kid %d of ring %s signs (activate another key first)"
                  .formatted(key.kid(), key.ring()));
      case KeyLife.Idle _ when command.whenSafe() -> {
        orders.add(new RetirementOrders.Order(key.ring(), key.kid(), author));
        yield new CommandOutcome.Ordered(key.kid());
      }
      case KeyLife.Idle _ ->
          new CommandOutcome.NotNow(
              "kid %d of ring %s: %s (wait until it is safe, order it for then, or force it with a reason)"
                  .formatted(key.kid(), key.ring(), String.join("; ", plan.obstacles())));
    };
  }

  CommandOutcome cancel(KeyCommand.CancelRetirement command) {
    return orders.remove(command.ring(), command.kid())
        ? new CommandOutcome.Done(command.kid())
        : new CommandOutcome.NoSuchKey(
            "kid %d of ring %s: nobody has ordered to retire it"
                .formatted(command.kid(), command.ring()));
  }

  /// Carries out orders whose time has come, and forgets those that have lost their object. A held
  /// key waits.
  void carryOutOrders() {
    for (RetirementOrders.Order order : orders.all()) {
      verifiers.refresh();
      var key = history.map().find(order.ring(), order.kid());
      if (key.isEmpty() || !key.get().verifies()) {
        orders.remove(order.ring(), order.kid());
        continue;
      }
      retireIfSafe(order.ring(), order.kid(), order.author())
          .ifPresent(
              appended -> {
                orders.remove(order.ring(), order.kid());
                LOG.atInfo()
                    .addKeyValue("ring", order.ring())
                    .addKeyValue("keyId", order.kid())
                    .addKeyValue("epoch", appended.epoch())
                    .log("A key was retired as ordered: nothing hangs on it any more");
              });
    }
  }

  /// Empty when it is not safe yet.
  Optional<Appended> retireIfSafe(String ring, long kid, Author author) {
    return history.append(
        map ->
            plan(map, ring, kid)
                .filter(RetirementPlan::isSafe)
                .map(plan -> event(plan, author, false)));
  }

  private static NewEvent event(RetirementPlan plan, Author author, boolean forced) {
    @Nullable CountedUsage counted = plan.counted();
    KnownKey key = plan.key();
    return new NewEvent(
        key.ring(),
        key.kid(),
        author,
        new KeyChange.Retired(
            Withdrawal.COMMAND, null, counted == null ? null : counted.impact(), forced));
  }
}
