package org.rekey.agent.simulate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.rekey.agent.AgentFailure;
import org.rekey.agent.auth.Answer;
import org.rekey.agent.auth.Authorizer;
import org.rekey.agent.auth.Backoff;
import org.rekey.agent.auth.DeviceIdentity;
import org.rekey.agent.auth.Member;
import org.rekey.agent.auth.RotationStep;
import org.rekey.agent.auth.Token;
import org.rekey.agent.http.Reply;
import org.rekey.agent.http.ServerCalls;
import org.rekey.agent.key.AgentKey;
import org.rekey.agent.key.KeyPlace;
import org.rekey.agent.key.KeyType;
import org.slf4j.helpers.NOPLogger;

/// One device: asks for a token, polls with it, asks again when it is refused, and changes its key
/// when it is told to. It may lose its power at any step of that.
///
/// Used by one thread, and looked at by others when that has ended.
public final class SimulatedDevice {
  private static final Duration FIRST_WAIT = Duration.ofMillis(500);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
  private static final Duration POWER_IS_BACK = Duration.ofMillis(50);
  private static final String BEARER = "Bearer ";
  private static final String OFFERS = "/key_rotations";

  /// One in ten, by chance: each is a request more.
  private static final double STOLEN = 0.1;

  private final Member member;
  private final KeyPlace keys;
  private final SimulatedFleet.Setting setting;
  private final ServerCalls calls;
  private final FleetFigures figures;
  private final RandomGenerator random;
  private final Set<RotationStep> cutAt;
  private final List<AgentKey> retired = new ArrayList<>();
  private final List<ServerCalls.Posted> recorded = new ArrayList<>();
  private @Nullable Token token;
  private @Nullable AgentKey asking;
  private @Nullable AgentKey offered;
  private boolean hasComeIn;

  /// @param cutAt steps at which it loses its power the first time that it gets there, in addition
  ///     to those by chance
  SimulatedDevice(
      String identity,
      KeyPlace keys,
      SimulatedFleet.Setting setting,
      ServerCalls calls,
      FleetFigures figures,
      RandomGenerator random,
      Set<RotationStep> cutAt) {
    this.member = new Member(new DeviceIdentity(identity));
    this.keys = keys;
    this.setting = setting;
    this.calls = calls.heardBy(this::hear);
    this.figures = figures;
    this.random = random;
    this.cutAt = cutAt.isEmpty() ? EnumSet.noneOf(RotationStep.class) : EnumSet.copyOf(cutAt);
  }

  public String identity() {
    return member.identity().json();
  }

  public KeyPlace keys() {
    return keys;
  }

  /// Keys that it had before the one that it has now, oldest first.
  public List<AgentKey> retired() {
    return List.copyOf(retired);
  }

  /// Its offers of new keys, as somebody on the wire has them.
  public List<ServerCalls.Posted> recorded() {
    return List.copyOf(recorded);
  }

  private void hear(ServerCalls.Posted posted) {
    if (posted.url().endsWith(OFFERS)) {
      recorded.add(posted);
      offered = keys.successor().map(KeyPlace.Successor::key).orElse(null);
    }
  }

  /// Until the time is over.
  ///
  /// @param deadline by [System#nanoTime()], asked again and again
  void live(LongSupplier deadline) throws InterruptedException {
    Backoff backoff = new Backoff(FIRST_WAIT, LONGEST_WAIT, random);
    pause(Duration.ofNanos((long) (random.nextDouble() * setting.every().toNanos())), deadline);
    while (deadline.getAsLong() - System.nanoTime() > 0) {
      try {
        pause(token == null ? askOnce(backoff) : poll(), deadline);
      } catch (PowerCut e) {
        token = null;
        figures.powerCuts.increment();
        pause(POWER_IS_BACK, deadline);
      } catch (AgentFailure e) {
        // As the agent does: somebody may mend it.
        token = null;
        pause(backoff.next(), deadline);
      }
    }
  }

  /// Once more, with nothing in its way: whether it gets in.
  public boolean getsIn() {
    return authorizer(_ -> {}).ask() instanceof Answer.Issued;
  }

  private Authorizer authorizer(Consumer<RotationStep> passed) {
    return new Authorizer(
        List.of(setting.server()),
        () -> member,
        keys,
        KeyType.ED25519,
        calls,
        passed,
        NOPLogger.NOP_LOGGER);
  }

  /// @return how long to wait then
  private Duration askOnce(Backoff backoff) {
    asking = keys.current().orElse(null);
    long start = System.nanoTime();
    Answer answer = authorizer(this::passed).ask();
    figures.asked.recordValue(System.nanoTime() - start);
    return switch (answer) {
      case Answer.Issued(Token issued, boolean isUnfinished) -> {
        token = isUnfinished ? null : issued;
        figures.issued.increment();
        if (!hasComeIn) {
          hasComeIn = true;
          figures.in.increment();
        }
        if (isUnfinished) {
          yield backoff.next();
        }
        backoff.reset();
        yield spread(setting.every());
      }
      case Answer.Refused _ -> {
        figures.refused.increment();
        yield backoff.next();
      }
      case Answer.Unreachable _ -> {
        figures.unreachable.increment();
        yield backoff.next();
      }
    };
  }

  private void passed(RotationStep step) {
    figures.passed(step);
    if (step == RotationStep.SUCCESSOR_WRITTEN && random.nextDouble() < STOLEN) {
      AgentKey known = offered;
      keys.successor()
          .map(KeyPlace.Successor::key)
          .filter(fresh -> known == null || !fresh.equals(known))
          .ifPresent(this::comeWith);
    }
    AgentKey before = asking;
    if (step == RotationStep.COMMITTED && before != null) {
      retired.add(before);
      figures.keysChanged.increment();
    }
    boolean isCut = cutAt.remove(step) || random.nextDouble() < setting.cuts();
    if (isCut) {
      figures.cut(step);
      throw new PowerCut(step);
    }
  }

  /// Somebody has read the new key from the disk before any server knows it. From then on nobody
  /// could tell that thief from the device.
  private void comeWith(AgentKey fresh) {
    figures.newKeysTried.increment();
    if (new Impostor(setting.server(), calls).getsIn(identity(), fresh)) {
      figures.newKeysIn.increment();
    }
  }

  private Duration poll() {
    Token held = token;
    if (held == null) {
      return Duration.ZERO;
    }
    long start = System.nanoTime();
    try {
      Reply reply =
          calls.get(
              held.server() + setting.pollPath(), Map.of("Authorization", BEARER + held.text()));
      figures.polled.recordValue(System.nanoTime() - start);
      figures.polls.increment();
      if (reply.status() == 401) {
        figures.unauthorized.increment();
        token = null;
        return Duration.ZERO;
      }
      if (reply.status() >= 500 || reply.status() == 429) {
        figures.failed.increment();
      }
    } catch (ServerCalls.Unreachable e) {
      figures.unreachable.increment();
    }
    return spread(setting.every());
  }

  /// Between half and one and a half of it.
  private Duration spread(Duration middle) {
    return Duration.ofNanos((long) (middle.toNanos() * (0.5 + random.nextDouble())));
  }

  private static void pause(Duration wait, LongSupplier deadline) throws InterruptedException {
    long left = Math.min(wait.toNanos(), deadline.getAsLong() - System.nanoTime());
    if (left > 0) {
      Thread.sleep(Duration.ofNanos(left));
    }
  }
}
