package org.rekey.keystore;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import org.rekey.keystore.files.FileNamePattern;
import org.rekey.keystore.files.KeyFileWriter;
import org.rekey.keystore.key.NewPrivateKey;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.NewEvent;
import org.rekey.verifier.map.KeyState;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;
import org.rekey.verifier.map.Withdrawal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what operators order. A command either is an event in the log when it returns, or
/// has changed nothing but, at most, put a new file into the directory.
public final class KeyCommands {
  private static final Logger LOG = LoggerFactory.getLogger(KeyCommands.class);
  private static final Duration ANNOUNCED_WITHIN = Duration.ofSeconds(10);
  private static final Duration LOOK_EVERY = Duration.ofMillis(10);

  private final Map<String, RingWatch.Ring> rings;
  private final KeyHistory history;
  private final Verifiers verifiers;
  private final RingWatch watch;
  private final SecureRandom random;

  public KeyCommands(
      Map<String, RingWatch.Ring> rings,
      KeyHistory history,
      Verifiers verifiers,
      RingWatch watch,
      SecureRandom random) {
    this.rings = Map.copyOf(rings);
    this.history = history;
    this.verifiers = verifiers;
    this.watch = watch;
    this.random = random;
  }

  /// @param actor the caller's certificate name
  public CommandOutcome run(KeyCommand command, String actor) throws InterruptedException {
    return switch (command) {
      case KeyCommand.Generate generate -> generate(generate, actor);
      case KeyCommand.Activate activate -> activate(activate, actor);
      case KeyCommand.Retire retire -> retire(retire, actor);
    };
  }

  private CommandOutcome generate(KeyCommand.Generate command, String actor)
      throws InterruptedException {
    var keeper = ring(command.ring()).keeper();
    var ring = keeper.ring();
    var given = command.kid();
    var kid = given == null ? nextKid(keeper) : given;
    if (kid > FileNamePattern.MAX_KID) {
      return new CommandOutcome.Incomplete("kid: none left (expected: name one)");
    }
    if (history.map().find(ring.name(), kid).isPresent()) {
      return new CommandOutcome.Taken(
          "kid %d belongs to a key of ring %s".formatted(kid, ring.name()));
    }
    if (keeper.present().contains(kid)) {
      return new CommandOutcome.Taken("kid %d has a file in %s".formatted(kid, ring.directory()));
    }
    var file = fileFor(ring, kid);
    if (file.isEmpty()) {
      return new CommandOutcome.NotNow(
          "%s_SERVER_PRIV_KEY_FILENAME_PATTERN: %s cannot be turned into a file name (put the file there yourself)"
              .formatted(ring.settings(), ring.pattern()));
    }
    keeper.expect(kid, actor, command.reason());
    try {
      KeyFileWriter.write(file.get(), NewPrivateKey.pem(command.type(), ring.passphrase(), random));
    } catch (FileAlreadyExistsException e) {
      keeper.expectNoMore(kid);
      return new CommandOutcome.Taken(file.get() + " is there already");
    } catch (IOException e) {
      keeper.expectNoMore(kid);
      return new CommandOutcome.NotNow(
          "%s: cannot be written: %s (make the directory writable, or put the file there yourself)"
              .formatted(file.get(), e.getClass().getSimpleName()));
    }
    return awaitAnnounced(ring, kid, file.get());
  }

  private CommandOutcome awaitAnnounced(KeyRing ring, long kid, Path file)
      throws InterruptedException {
    var start = System.nanoTime();
    watch.wake();
    while (history.map().find(ring.name(), kid).isEmpty()) {
      if (System.nanoTime() - start > ANNOUNCED_WITHIN.toNanos()) {
        return new CommandOutcome.NotNow(
            file + ": written, but not announced yet (see lint and the log)");
      }
      Thread.sleep(LOOK_EVERY);
    }
    return new CommandOutcome.Done(kid, List.of());
  }

  private CommandOutcome activate(KeyCommand.Activate command, String actor)
      throws InterruptedException {
    if (command.override() && command.reason().isBlank()) {
      return new CommandOutcome.Incomplete(
          "reason: empty (expected: why verifiers are passed over)");
    }
    history.refresh();
    var ring = ring(command.ring());
    var known = history.map().find(command.ring(), command.kid());
    if (known.isEmpty()) {
      return noSuchKey(command.ring(), command.kid());
    }
    if (known.get().state() == KeyState.ACTIVE) {
      ring.configured().overtaken();
      return new CommandOutcome.Done(command.kid(), List.of());
    }
    var obstacle = obstacle(ring.keeper(), known.get());
    if (obstacle.isPresent()) {
      return obstacle.get();
    }
    var announced = history.announcedAt(command.ring(), command.kid());
    var missing = verifiers.awaitReady(announced, known.get().alg(), command.patience());
    if (!missing.isEmpty() && !command.override()) {
      return new CommandOutcome.NotNow(
          "kid %d of ring %s: not acked by %s (wait, mend them, or override with a reason)"
              .formatted(command.kid(), command.ring(), String.join(", ", missing)));
    }
    var reason = reason(command, missing);
    var appended =
        history.append(map -> activation(map, command.ring(), command.kid(), actor, reason));
    if (appended.isEmpty() && !isActive(command)) {
      return new CommandOutcome.NotNow(
          "kid %d of ring %s: withdrawn meanwhile".formatted(command.kid(), command.ring()));
    }
    ring.configured().overtaken();
    if (!missing.isEmpty()) {
      LOG.atWarn()
          .addKeyValue("ring", command.ring())
          .addKeyValue("keyId", command.kid())
          .addKeyValue("verifiers", missing)
          .log("A key signs although verifiers have not acked it: they were overridden");
    }
    return new CommandOutcome.Done(command.kid(), missing);
  }

  private boolean isActive(KeyCommand.Activate command) {
    return history
        .map()
        .active(command.ring())
        .filter(key -> key.kid() == command.kid())
        .isPresent();
  }

  private static String reason(KeyCommand.Activate command, List<String> missing) {
    return missing.isEmpty()
        ? command.reason()
        : command.reason() + " (not acked by " + String.join(", ", missing) + ")";
  }

  private static Optional<NewEvent> activation(
      KidMap map, String ring, long kid, String actor, String reason) {
    return map.find(ring, kid)
        .filter(KeyCommands::maySign)
        .map(
            _ ->
                new NewEvent(
                    ring,
                    kid,
                    actor,
                    reason,
                    new KeyChange.Activated(map.active(ring).map(KnownKey::kid).orElse(null))));
  }

  private static boolean maySign(KnownKey key) {
    return key.state() == KeyState.ANNOUNCED || key.state() == KeyState.VERIFY_ONLY;
  }

  private Optional<CommandOutcome> obstacle(RingKeeper keeper, KnownKey key) {
    return switch (key.state()) {
      case RETIRED, COMPROMISED ->
          Optional.of(
              new CommandOutcome.NotNow(
                  "kid %d of ring %s is %s and signs no more"
                      .formatted(key.kid(), key.ring(), key.state())));
      case ANNOUNCED, ACTIVE, VERIFY_ONLY ->
          keeper.loaded(key.kid()).isPresent()
              ? Optional.empty()
              : Optional.of(
                  new CommandOutcome.NotNow(
                      "kid %d of ring %s cannot sign: its file cannot be used (see lint)"
                          .formatted(key.kid(), key.ring())));
    };
  }

  private CommandOutcome retire(KeyCommand.Retire command, String actor) {
    history.refresh();
    var appended =
        history.append(
            map ->
                map.find(command.ring(), command.kid())
                    .filter(KeyCommands::maySign)
                    .map(
                        _ ->
                            new NewEvent(
                                command.ring(),
                                command.kid(),
                                actor,
                                command.reason(),
                                new KeyChange.Retired(Withdrawal.COMMAND, null))));
    if (appended.isPresent()) {
      watch.wake();
      return new CommandOutcome.Done(command.kid(), List.of());
    }
    return history
        .map()
        .find(command.ring(), command.kid())
        .map(KeyCommands::whyNotRetired)
        .orElseGet(() -> noSuchKey(command.ring(), command.kid()));
  }

  private static CommandOutcome whyNotRetired(KnownKey key) {
    return switch (key.state()) {
      case RETIRED ->
          key.withdrawal() == Withdrawal.COMMAND
              ? new CommandOutcome.Done(key.kid(), List.of())
              : new CommandOutcome.NotNow(
                  "kid %d of ring %s is retired already: its file was removed"
                      .formatted(key.kid(), key.ring()));
      case COMPROMISED ->
          new CommandOutcome.NotNow(
              "kid %d of ring %s was found compromised, which is more"
                  .formatted(key.kid(), key.ring()));
      case ACTIVE, ANNOUNCED, VERIFY_ONLY ->
          new CommandOutcome.NotNow(
              "kid %d of ring %s signs (activate another key first)"
                  .formatted(key.kid(), key.ring()));
    };
  }

  private static CommandOutcome noSuchKey(String ring, long kid) {
    return new CommandOutcome.NoSuchKey("kid %d: no such key in ring %s".formatted(kid, ring));
  }

  private long nextKid(RingKeeper keeper) {
    var inLog = history.map().keys(keeper.ring().name()).stream().mapToLong(KnownKey::kid);
    var inDirectory = keeper.present().stream().mapToLong(Long::longValue);
    return LongStream.concat(inLog, inDirectory).max().orElse(0) + 1;
  }

  private static Optional<Path> fileFor(KeyRing ring, long kid) {
    return kid == 0
        ? Optional.of(ring.defaultKey())
        : ring.pattern().nameFor(kid).map(ring.directory()::resolve);
  }

  private RingWatch.Ring ring(String name) {
    return Objects.requireNonNull(rings.get(name), name);
  }
}
